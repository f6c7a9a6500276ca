package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who reads when several ask. */
class SharedReadingTest {
  private final AtomicInteger readings = new AtomicInteger();

  @Test
  void allWhoAskWhileOneIsUnderWayShareTheNextOne() {
    CountDownLatch first = new CountDownLatch(1);
    SharedReading shared = new SharedReading();
    List<Thread> flows = new ArrayList<>();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Void> end = new CompletableFuture<>();
      done.add(end);
      Thread flow =
          new Thread(
              () -> {
                try {
                  shared.await(
                      () -> {
                        readings.incrementAndGet();
                        first.await();
                      });
                  end.complete(null);
                } catch (InterruptedException e) {
                  end.completeExceptionally(e);
                }
              });
      flow.start();
      flows.add(flow);
      if (i == 0) {
        await().until(() -> readings.get() == 1);
      }
    }
    await()
        .until(() -> flows.stream().skip(1).allMatch(it -> it.getState() == Thread.State.BLOCKED));
    first.countDown();
    done.forEach(CompletableFuture::join);
    assertThat(readings).as("the first is older than what the others ask for").hasValue(2);
  }

  @Test
  void oneThatFailedOrEndedBeforeDoesForNobody() throws InterruptedException {
    SharedReading shared = new SharedReading();
    assertThatThrownBy(
            () ->
                shared.await(
                    () -> {
                      throw new IllegalStateException("no answer");
                    }))
        .hasMessage("no answer");
    shared.await(readings::incrementAndGet);
    shared.await(readings::incrementAndGet);
    assertThat(readings).hasValue(2);
  }
}
