package io.replicator.apply;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * The writes of a flow to topics of the local Kafka, each partition by itself: while one takes
 * none, the flow comes to a halt though its target and all that it reads are well. Thread-safe.
 */
final class LocalWrites {
  /** The producer waits without end: what has not been acknowledged for so long is held up. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What failed is written again sooner than this, unless its partition was given up. */
  private static final Duration FRESH = Duration.ofSeconds(15);

  private final String brokers;
  private final LongSupplier nanos;
  private final Map<TopicPartition, Place> places = new ConcurrentHashMap<>();

  private static final class Place {
    private int pending;
    private long moved;
    private Throwable failure; // of the last write; null if that succeeded
    private long failed;

    synchronized void begun(long now) {
      if (pending++ == 0) {
        moved = now;
      }
    }

    synchronized void ended(long now, Throwable why) {
      pending--;
      moved = now;
      failure = why;
      failed = now;
    }

    synchronized Optional<String> trouble(long now) {
      if (failure != null && now - failed < FRESH.toNanos()) {
        return Optional.of("refuses what is written: " + failure.getMessage());
      }
      return pending > 0 && now - moved >= PATIENCE.toNanos()
          ? Optional.of("has not acknowledged what is written for " + PATIENCE.toSeconds() + " s")
          : Optional.empty();
    }
  }

  /**
   * @param brokers where the local Kafka is
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  LocalWrites(String brokers, LongSupplier nanos) {
    this.brokers = brokers;
    this.nanos = nanos;
  }

  /** Takes note of a write that was begun now, and returns it. */
  <T> CompletionStage<T> watch(TopicPartition where, CompletionStage<T> write) {
    Place place = places.computeIfAbsent(where, any -> new Place());
    place.begun(nanos.getAsLong());
    return write.whenComplete((done, failure) -> place.ended(nanos.getAsLong(), failure));
  }

  /** Returns what an operator has to see to; RUNNING for nothing. */
  Condition condition() {
    long now = nanos.getAsLong();
    List<String> all =
        places.entrySet().stream()
            .sorted(Comparator.comparing(place -> place.getKey().toString()))
            .flatMap(
                place ->
                    place.getValue().trouble(now).map(it -> place.getKey() + " " + it).stream())
            .toList();
    if (all.isEmpty()) {
      return Condition.RUNNING;
    }
    int left = all.size() - 1;
    return new Condition(
        FlowState.BLOCKED,
        all.get(0) + (left > 0 ? "; and " + left + " more partitions" : ""),
        "look at the local brokers at "
            + brokers
            + ": whether enough replicas of it are in sync, and whether the agent may write there");
  }
}
