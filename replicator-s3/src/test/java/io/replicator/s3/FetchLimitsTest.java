package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An origin that hangs holds up no other origin's bodies, and there is a bound in all. */
class FetchLimitsTest {
  private static final Place HANGING = place(1);
  private static final Place OTHER = place(2);

  private final FetchLimits limits = new FetchLimits(2);
  private final CompletableFuture<Void> hanging = new CompletableFuture<>();

  private static Place place(int port) {
    return new Place(
        "us-east-1", Optional.of(URI.create("http://127.0.0.1:" + port)), Optional.empty());
  }

  @Test
  void bodiesInMemoryOfOneOriginHoldUpNoOther() {
    for (int body = 0; body < 5; body++) {
      var unused = limits.inMemory(HANGING, FetchLimits.MEMORY, () -> hanging);
    }
    assertThat(limits.inMemory(OTHER, 1 << 20, () -> CompletableFuture.completedFuture(1)))
        .isCompletedWithValue(1);
  }

  @Test
  void largeBodiesOfOneOriginHoldUpNoOther() {
    for (int body = 0; body < 20; body++) {
      var unused = limits.large(HANGING, () -> hanging);
    }
    assertThat(limits.large(OTHER, () -> CompletableFuture.completedFuture(1)))
        .isCompletedWithValue(1);
  }

  @Test
  void theSharesAreNoMoreThanAllThereIs() {
    AtomicInteger begun = new AtomicInteger();
    for (Place place : new Place[] {HANGING, OTHER}) {
      for (int body = 0; body < 50; body++) {
        var unused =
            limits.inMemory(
                place,
                1 << 20,
                () -> {
                  begun.incrementAndGet();
                  return hanging;
                });
      }
    }
    assertThat(begun).hasValue(24);
    hanging.complete(null);
    assertThat(begun).hasValue(100);
  }
}
