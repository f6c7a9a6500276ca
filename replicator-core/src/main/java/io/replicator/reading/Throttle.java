package io.replicator.reading;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A throttle keeps a flow to so many changes and bytes a second in this agent: a bucket of tokens
 * for each, from which a change takes its own. The last one may overdraw it, so that a change
 * larger than what a second allows passes, too, and those behind it wait. Thread-safe.
 */
public final class Throttle {
  private static final double SECOND = Duration.ofSeconds(1).toNanos();

  /** No more is saved up than this part of a second: a throttled flow trickles. */
  private static final double SAVED = 0.1;

  /**
   * How fast a flow may be.
   *
   * @param changes a second; 0 for no limit
   * @param bytes a second; 0 for no limit
   */
  public record Rates(long changes, long bytes) {
    /** As fast as the target takes them. */
    public static final Rates NONE = new Rates(0, 0);

    public Rates {
      if (changes < 0 || bytes < 0) {
        throw new IllegalArgumentException("a rate is 0, for no limit, or more");
      }
    }

    /** Returns the limits in words. */
    public String words() {
      return (changes > 0 ? changes + " changes/s" : "any number of changes")
          + ", "
          + (bytes > 0 ? bytes + " bytes/s" : "any number of bytes");
    }

    /** Tells whether there is a limit. */
    public boolean isLimit() {
      return changes > 0 || bytes > 0;
    }
  }

  private final LongSupplier nanos;
  private volatile Rates rates = Rates.NONE;
  private double changes;
  private double bytes;
  private long refilled;

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  Throttle(LongSupplier nanos) {
    this.nanos = nanos;
    this.refilled = nanos.getAsLong();
  }

  /** Returns the present limits. */
  public Rates rates() {
    return rates;
  }

  /** Limits anew, from now on. */
  public synchronized void set(Rates anew) {
    changes = rates.changes() == 0 ? 0 : Math.min(changes, most(anew.changes()));
    bytes = rates.bytes() == 0 ? 0 : Math.min(bytes, most(anew.bytes()));
    rates = anew;
  }

  /** Lets a change pass, or not now. */
  boolean pass(long size) {
    if (!rates.isLimit()) {
      return true;
    }
    synchronized (this) {
      refill();
      if ((rates.changes() > 0 && changes <= 0) || (rates.bytes() > 0 && bytes <= 0)) {
        return false;
      }
      changes -= rates.changes() > 0 ? 1 : 0;
      bytes -= rates.bytes() > 0 ? size : 0;
      return true;
    }
  }

  private void refill() {
    long now = nanos.getAsLong();
    double seconds = Math.max(0, (now - refilled) / SECOND);
    refilled = now;
    changes = Math.min(most(rates.changes()), changes + seconds * rates.changes());
    bytes = Math.min(most(rates.bytes()), bytes + seconds * rates.bytes());
  }

  private static double most(long rate) {
    return Math.max(1, rate * SAVED);
  }
}
