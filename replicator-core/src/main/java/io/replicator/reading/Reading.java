package io.replicator.reading;

import io.replicator.lag.Progress;
import io.replicator.model.Clocks;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A reading is what is known of one partition of a change topic by whoever reads it. Records are
 * told to it as they are read, and again when all before them is done. Thread-safe.
 */
public final class Reading {
  private final int partition;
  private final Instant born;
  private final Clocks clocks;
  private final Marks marks;
  private final Progress progress;
  private Instant heard;
  private Optional<String> topicId;
  private Optional<String> presentTopicId = Optional.empty();
  private Optional<String> purged;
  private boolean dirty;
  private Supplier<Optional<Instant>> bound = Optional::empty;
  private Optional<Low> low = Optional.empty();

  /** What captures said lately of a time before replicated-up-to, and where they said it last. */
  private record Low(Instant upTo, long offset) {}

  /**
   * @param born when this region first read the partition
   * @param known from before a restart
   */
  public Reading(int partition, Instant born, Optional<Snapshot> known, Clocks clocks) {
    this.partition = partition;
    this.born = born;
    this.clocks = clocks;
    this.marks = new Marks(born);
    this.progress =
        new Progress(
            known.map(Snapshot::upToMillis).map(Instant::ofEpochMilli),
            known.map(Snapshot::progress).orElse(Map.of()));
    this.topicId = known.map(Snapshot::topicId);
    this.purged = known.map(Snapshot::purged);
    this.heard = clocks.steady().instant();
    this.dirty = known.isEmpty();
    known.ifPresent(snapshot -> marks.restore(snapshot.marks()));
  }

  /** Returns the least replicated-up-to of some; empty if there are none, or one is not known. */
  public static Optional<Instant> upTo(Collection<Reading> readings) {
    return least(readings, Reading::upTo);
  }

  /** Returns likewise the least time up to which all has passed, parked or applied. */
  public static Optional<Instant> passedUpTo(Collection<Reading> readings) {
    return least(readings, Reading::passedUpTo);
  }

  private static Optional<Instant> least(
      Collection<Reading> readings, Function<Reading, Optional<Instant>> of) {
    Instant least = null;
    for (Reading reading : readings) {
      Optional<Instant> upTo = of.apply(reading);
      if (upTo.isEmpty()) {
        return Optional.empty();
      }
      least = least == null || upTo.get().isBefore(least) ? upTo.get() : least;
    }
    return Optional.ofNullable(least);
  }

  public int partition() {
    return partition;
  }

  /**
   * Takes note that a change was read. Of one that was missing replicated-up-to has passed the time
   * already: from now on that is held back until it is done, however long it waits here.
   *
   * @param time of the change
   * @param offset where it stands
   */
  public synchronized void seen(Stamp stamp, Instant time, long offset) {
    if (marks.seen(stamp, clocks.wall().instant())) {
      lower(time, offset);
    }
  }

  /**
   * Takes note that a heartbeat was read: its number was the last one, and must have been seen.
   *
   * @param offset where it stands
   */
  public synchronized void heard(Heartbeat heartbeat, long offset) {
    heard = clocks.steady().instant();
    marks.last(heartbeat.last(), clocks.wall().instant());
    // The first id is kept until an operator accepts another, so that a restart shows it again.
    presentTopicId = Optional.of(heartbeat.topicId());
    topicId = topicId.or(() -> presentTopicId);
    heartbeat.upTo().ifPresent(time -> lower(time, offset));
  }

  /**
   * Takes note of what incarnations had written before others began: where one of the others was
   * read, it must have been seen.
   */
  public synchronized void expect(Collection<Tail> tails) {
    Instant now = clocks.wall().instant();
    for (Tail tail : tails) {
      if (partition < tail.last().size()) {
        dirty |= marks.ended(tail.incarnation(), tail.last().get(partition), tail.successor(), now);
      }
    }
  }

  /**
   * What a capture has read since may be of an earlier time than replicated-up-to, where a store's
   * clock was set back or something was delivered late: that is not known to be applied, however
   * long it waits here.
   */
  private void lower(Instant time, long offset) {
    if (progress.upTo().filter(time::isBefore).isPresent()) {
      Instant least = low.map(Low::upTo).filter(time::isAfter).orElse(time);
      low = Optional.of(new Low(least, offset));
    }
  }

  /** Takes note that everything before a heartbeat is done, and where that stands. */
  public synchronized void passed(Heartbeat heartbeat, long offset) {
    low = low.filter(it -> it.offset() > offset);
    progress.heard(
        Stamp.capture(heartbeat.last().incarnation()),
        heartbeat.sent(),
        heartbeat.upTo(),
        heartbeat.hold(),
        heartbeat.closing());
  }

  /** Tells whether a change was done before. */
  public synchronized boolean isDone(Stamp stamp) {
    return marks.isDone(stamp);
  }

  /** Takes note that a change is done, or set aside. */
  public synchronized void done(Stamp stamp) {
    marks.done(stamp);
    dirty = true;
  }

  /** Takes note that there is something new to be written down. */
  public synchronized void touch() {
    dirty = true;
  }

  /**
   * Returns what is to be written down, if there is anything new since the last time.
   *
   * @param front everything before this offset is done
   */
  public synchronized Optional<Snapshot> snapshot(long front, boolean evenIfIdle) {
    if (!dirty && !evenIfIdle) {
      return Optional.empty();
    }
    dirty = false;
    return Optional.of(
        new Snapshot(
            Snapshot.FORMAT,
            front,
            born.toEpochMilli(),
            passedUpTo().map(Instant::toEpochMilli).orElse(null),
            topicId.orElse(null),
            purged.orElse(null),
            Snapshot.words(progress),
            marks.toList()));
  }

  /** Takes note that it is read again after it was not: nothing could be heard meanwhile. */
  public synchronized void resumed() {
    heard = clocks.steady().instant();
  }

  /**
   * Returns when, by the steady clock, the last heartbeat was read; this began or went on, if none
   * was since.
   */
  public synchronized Instant heard() {
    return heard;
  }

  /** Returns replicated-up-to; empty until a heartbeat has told it. */
  public synchronized Optional<Instant> upTo() {
    Optional<Instant> most = bound.get();
    return passedUpTo().map(time -> most.filter(time::isAfter).orElse(time));
  }

  /** Returns the time up to which all has passed: it is applied, set aside or parked. */
  public synchronized Optional<Instant> passedUpTo() {
    Optional<Instant> passed = progress.upTo();
    return low.map(Low::upTo)
        .filter(it -> passed.filter(it::isBefore).isPresent())
        .or(() -> passed);
  }

  /**
   * Has replicated-up-to held back by changes that passed and are not applied.
   *
   * @param most returns the time that it cannot pass; empty if there are none
   */
  public synchronized void holdBack(Supplier<Optional<Instant>> most) {
    bound = most;
  }

  /** Returns how many of the changes that captures have sent to this partition are not done. */
  public synchronized long pending(Map<String, long[]> sent) {
    long pending = 0;
    for (Map.Entry<String, long[]> capture : sent.entrySet()) {
      if (partition < capture.getValue().length) {
        long last = capture.getValue()[partition];
        pending += Math.max(0, last - marks.doneCount(capture.getKey()));
      }
    }
    return pending;
  }

  /** Returns how many changes are known to be missing. */
  public synchronized long missing() {
    return marks.missingCount();
  }

  /** Tells whether the origin's topic is another than before. */
  public synchronized boolean recreated() {
    return topicId.isPresent() && presentTopicId.isPresent() && !topicId.equals(presentTopicId);
  }

  /** Takes note that records were gone before they were read; the first such reason stays. */
  public synchronized void purged(String reason) {
    purged = purged.or(() -> Optional.of(reason));
    dirty = true;
  }

  /** Returns why records were gone before they were read; empty if none were. */
  public synchronized Optional<String> purged() {
    return purged;
  }

  /** Takes what is missing as lost. */
  public synchronized void acceptGap() {
    marks.forgetMissing();
    purged = Optional.empty();
    topicId = presentTopicId.or(() -> topicId);
    dirty = true;
  }

  /** Forgets incarnations last heard of before a time. */
  public synchronized void forgetBefore(Instant time) {
    marks.forgetBefore(time);
  }
}
