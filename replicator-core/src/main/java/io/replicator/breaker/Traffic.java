package io.replicator.breaker;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * The traffic with a target in the last ten seconds: how many calls ended in which way, and how
 * long those took that were answered. Thread-safe.
 */
public final class Traffic {
  /** The ways in which a call ends. */
  public enum End {
    /** The target answered as it should. */
    OK,
    /** It failed. */
    FAILED,
    /** It failed after it had taken too long. */
    TIMED_OUT,
    /** The target refused it, alone or as it would any other. */
    REJECTED,
    /** The open breaker did not let it pass. */
    SHORT_CIRCUITED
  }

  static final int SECONDS = 10;
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long MOST_MICROS = Duration.ofHours(1).toNanos() / 1_000;

  private static final class Slot {
    private final Map<End, Integer> ends = new EnumMap<>(End.class);
    private final Histogram micros = new Histogram(2);
    private long second = Long.MIN_VALUE / 2;

    private void turnTo(long now) {
      if (second != now) {
        second = now;
        ends.clear();
        micros.reset();
      }
    }
  }

  private final LongSupplier nanos;
  private final Slot[] slots = new Slot[SECONDS + 1];

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  Traffic(LongSupplier nanos) {
    this.nanos = nanos;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot();
    }
  }

  /** Takes note of a call that was never made. */
  synchronized void shortCircuited() {
    slot().ends.merge(End.SHORT_CIRCUITED, 1, Integer::sum);
  }

  /** Takes note of a call that has ended. */
  synchronized void ended(End end, long took) {
    Slot slot = slot();
    slot.ends.merge(end, 1, Integer::sum);
    slot.micros.recordValue(Math.min(MOST_MICROS, Math.max(0, took / 1_000)));
  }

  /** Returns how many calls ended in this way. */
  public synchronized long count(End end) {
    long now = second();
    long sum = 0;
    for (Slot slot : slots) {
      sum += now - slot.second < SECONDS ? slot.ends.getOrDefault(end, 0) : 0;
    }
    return sum;
  }

  /**
   * Returns how long calls took.
   *
   * @param percentile from 0 to 100
   * @return milliseconds, or -1 if none was made
   */
  public synchronized long millis(double percentile) {
    long now = second();
    Histogram all = new Histogram(2);
    for (Slot slot : slots) {
      if (now - slot.second < SECONDS) {
        all.add(slot.micros);
      }
    }
    return all.getTotalCount() == 0 ? -1 : all.getValueAtPercentile(percentile) / 1_000;
  }

  private Slot slot() {
    long now = second();
    Slot slot = slots[Math.floorMod(now, slots.length)];
    slot.turnTo(now);
    return slot;
  }

  private long second() {
    return Math.floorDiv(nanos.getAsLong(), SECOND);
  }
}
