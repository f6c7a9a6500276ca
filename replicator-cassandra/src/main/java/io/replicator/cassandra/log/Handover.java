package io.replicator.cassandra.log;

import io.replicator.cassandra.Changes;
import io.replicator.cassandra.MutationSplitter;
import io.replicator.cassandra.TableMutation;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The handover of what was read to a flow's sink, no faster than that takes it. Used by one thread.
 */
final class Handover {
  private static final int LOOK = 200;
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final ChangeSink sink;
  private final LogHealth health;
  private final BooleanSupplier closed;
  private final Runnable look;
  private final MutationSplitter splitter = new MutationSplitter();
  private long offered;

  /**
   * @param closed ends all waiting
   * @param look is run now and then while the sink takes no more in the midst of a section: the
   *     node may need the space meanwhile
   */
  Handover(ChangeSink sink, LogHealth health, BooleanSupplier closed, Runnable look) {
    this.sink = sink;
    this.health = health;
    this.closed = closed;
    this.look = look;
  }

  /** Waits until the sink takes more; returns false if it does not yet. */
  boolean ready() throws InterruptedException {
    try {
      sink.ready().toCompletableFuture().get(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos()); // the sink is closed: so are we, in a moment
      return false;
    }
  }

  private void awaitReady() throws InterruptedException {
    while (!ready()) {
      if (closed.getAsBoolean()) {
        throw new InterruptedException("closed while the sink took no more");
      }
      look.run();
    }
  }

  /** Offers mutations; the mark is ended once for each part of them that is durable. */
  void offer(List<TableMutation> tables, Handed.Mark mark, WriteTime written)
      throws InterruptedException {
    for (TableMutation table : tables) {
      for (TableMutation part : splitter.split(table)) {
        offer(part, mark, written);
      }
    }
  }

  private void offer(TableMutation mutation, Handed.Mark mark, WriteTime written)
      throws InterruptedException {
    if (++offered % LOOK == 0) {
      awaitReady(); // a section may hold more than the sink takes
    }
    mark.begin();
    sink.offer(Changes.of(mutation, written.of(mutation.latest())))
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                mark.end();
              } else if (failure instanceof ReplicationException refused
                  && refused.kind() == ReplicationException.Kind.POISON) {
                health.lost(
                    "a mutation of "
                        + mutation.table()
                        + " cannot be carried: "
                        + failure.getMessage());
                mark.end();
              }
              // Else the sink was closed: the mark stays open, and is read again next time.
            });
  }
}
