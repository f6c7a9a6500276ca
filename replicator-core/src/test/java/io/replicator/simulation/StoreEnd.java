package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A store's end that one process applies to: what it was asked for may be done after its death. */
final class StoreEnd implements StoreResource {
  /** The content of a change that no store takes. */
  static final byte[] POISON = "poison".getBytes(UTF_8);

  private final MemoryStore store;
  private final Outages outages;
  private final SickKeys sick;
  private final Witness witness;
  private final Clockwork clockwork;
  private final Life life;
  private final Faults faults;

  StoreEnd(
      MemoryStore store,
      Outages outages,
      SickKeys sick,
      Witness witness,
      Clockwork clockwork,
      Life life,
      Faults faults) {
    this.store = store;
    this.outages = outages;
    this.sick = sick;
    this.witness = witness;
    this.clockwork = clockwork;
    this.life = life;
    this.faults = faults;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(store.keepsHistory());
  }

  @Override
  public Door door() {
    throw new IllegalStateException("what users write is read elsewhere");
  }

  @Override
  public List<Finding> check(Duration retention) {
    return List.of();
  }

  @Override
  public Applier openApplier(Region origin) {
    if (clockwork.chance(faults.failure())) {
      throw failure(Kind.TRANSIENT);
    }
    return new Applier() {
      @Override
      public CompletionStage<Outcome> apply(Change change) {
        return ask(change);
      }

      @Override
      public void close() {}
    };
  }

  private CompletionStage<Applier.Outcome> ask(Change change) {
    life.speaks();
    store.asked(change);
    CompletableFuture<Applier.Outcome> answer = new CompletableFuture<>();
    clockwork.after(
        clockwork.soon(),
        () -> {
          if (!life.isOver() || clockwork.chance(.5)) {
            land(change, answer);
          }
        });
    return answer;
  }

  private void land(Change change, CompletableFuture<Applier.Outcome> answer) {
    if (outages.isDown()) {
      fail(answer, Kind.BLOCKED);
    } else if (isPoison(change)) {
      fail(answer, Kind.POISON);
    } else if (sick.failure(change.key()).isPresent()) {
      fail(answer, sick.failure(change.key()).get());
    } else if (!clockwork.chance(faults.failure())) {
      Applier.Outcome outcome = store.write(change);
      clockwork.say(() -> life + ": " + outcome + " " + change.id());
      clockwork.after(clockwork.soon(), life, () -> answer.complete(outcome));
    } else if (clockwork.chance(.5)) {
      fail(answer, Kind.TRANSIENT);
    } else {
      store.write(change);
      witness.unclear(change.id());
      clockwork.say(() -> life + ": applied, and says it failed: " + change.id());
      fail(answer, Kind.TRANSIENT);
    }
  }

  static boolean isPoison(Change change) {
    return Arrays.equals(change.payload(), POISON);
  }

  private void fail(CompletableFuture<Applier.Outcome> answer, Kind kind) {
    clockwork.after(clockwork.soon(), life, () -> answer.completeExceptionally(failure(kind)));
  }

  private static ReplicationException failure(Kind kind) {
    return new ReplicationException(kind, "by chance", "", null);
  }
}
