package io.replicator.agent;

import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import io.replicator.reading.Applied;
import io.replicator.reading.Throttle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The applying end of a flow, as its bean sees it.
 *
 * @param topicPartitions how many the change topic has
 * @param captured whether the agent captures the flow, too: its own region's changes, which it
 *     applies where they were written
 */
record ApplyFlow(
    Flow flow,
    int topicPartitions,
    boolean captured,
    Applied applied,
    StatusBoard board,
    Controls controls,
    Duration topicRetention,
    InstantSource clock)
    implements FlowBean.Station {
  /** What a capture said is as much older than its heartbeats at most. */
  private static final Duration LATE = Duration.ofSeconds(15);

  @Override
  public String role() {
    return captured ? "CAPTURE+APPLY" : "APPLY";
  }

  @Override
  public int partitions() {
    return applied.partitionCount();
  }

  /**
   * Where a store's clock was set back, its heartbeats say so; behind a pause or a full window
   * nobody reads them, but what the captures' status tells arrives.
   */
  @Override
  public Optional<Instant> upTo() {
    Optional<Instant> captured =
        board.captures(flow.origin(), flow.resource()).stream()
            .filter(capture -> capture.upToMillis() != null)
            .map(capture -> Instant.ofEpochMilli(capture.upToMillis()))
            .min(Instant::compareTo);
    return applied
        .replicatedUpTo()
        .map(upTo -> captured.filter(it -> it.plus(LATE).isBefore(upTo)).orElse(upTo));
  }

  @Override
  public OptionalLong pending() {
    List<Status.CaptureStatus> captures = board.counts(flow.origin(), flow.resource());
    if (captures.isEmpty()) {
      // What was said before a cut, or comes late after it, says nothing of what was written since.
      return OptionalLong.empty();
    }
    long captured = applied.pending(board.numbers().sent(flow.origin(), flow.resource()));
    // What waits in the source is counted once, by whoever holds the first partition.
    long waiting =
        captures.stream()
            .mapToLong(Status.CaptureStatus::waiting)
            .filter(it -> it > 0)
            .max()
            .orElse(0);
    return OptionalLong.of(captured + (applied.holdsFirst() ? waiting : 0));
  }

  /** A change waits in its source or in the topic: the one that forgets first counts. */
  @Override
  public Optional<Duration> timeToLoss(Duration lag) {
    Duration onTheRoad =
        applied.passedUpTo().map(upTo -> Duration.between(upTo, clock.instant())).orElse(lag);
    Duration least = topicRetention.minus(onTheRoad);
    for (Status.CaptureStatus capture : board.captures(flow.origin(), flow.resource())) {
      if (capture.retentionMillis() != null && capture.upToMillis() != null) {
        Instant upTo = Instant.ofEpochMilli(capture.upToMillis());
        Duration inSource =
            Duration.ofMillis(capture.retentionMillis())
                .minus(Duration.between(upTo, clock.instant()));
        least = inSource.compareTo(least) < 0 ? inSource : least;
      }
    }
    return Optional.of(least);
  }

  @Override
  public long missing() {
    return applied.missing();
  }

  @Override
  public long lost() {
    return applied.lost();
  }

  @Override
  public long parked() {
    return applied.parked();
  }

  @Override
  public void pause(boolean paused) {
    controls.pause(flow, paused);
  }

  @Override
  public Throttle.Rates rates() {
    return applied.throttle().rates();
  }

  @Override
  public boolean isThrottleOrdered() {
    return controls.isThrottled(flow);
  }

  @Override
  public void throttle(Optional<Throttle.Rates> rates) {
    controls.throttle(flow, rates);
  }

  @Override
  public void acceptGap() {
    controls.acceptGap(flow, Optional.empty());
  }
}
