package io.replicator.reading;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The window bounds what a flow holds in memory and what it has under way. What is under way is
 * also what a crash may repeat, so its bound is the promise on repeats. Thread-safe.
 */
public final class Window {
  private static final int MOST_HELD = 5_000;

  /** So many may be under way in the first second after an outage, twice as many in each next. */
  private static final int RAMP = 8;

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final LongSupplier nanos;
  private final Throttle throttle;
  private volatile Bounds bounds;
  private volatile Long recovered;
  private final AtomicInteger held = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger stuck = new AtomicInteger();
  private final AtomicLong stuckBytes = new AtomicLong();
  private final AtomicLong parkedBytes = new AtomicLong();

  public Window(Bounds bounds) {
    this(bounds, System::nanoTime);
  }

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  public Window(Bounds bounds, LongSupplier nanos) {
    this.bounds = bounds;
    this.nanos = nanos;
    this.throttle = new Throttle(nanos);
  }

  /** Returns the present bounds. */
  public Bounds bounds() {
    return bounds;
  }

  /** Bounds anew, from now on: what is held already stays. */
  public void setBounds(Bounds bounds) {
    this.bounds = bounds;
  }

  /** Takes note of something that was read. */
  public void hold(long size) {
    held.incrementAndGet();
    bytes.addAndGet(size);
  }

  /** Takes note that it is done, or let go of. */
  public void release(long size) {
    held.decrementAndGet();
    bytes.addAndGet(-size);
  }

  /** Tells whether no more should be fetched. */
  public boolean full() {
    return held.get() >= MOST_HELD || bytes.get() >= bounds.heldBytes();
  }

  /** Tells whether so much is done that fetching should go on. */
  public boolean drained() {
    return held.get() < MOST_HELD / 2 && bytes.get() < bounds.heldBytes() / 2;
  }

  /**
   * Takes note that more of what is held, or less, cannot go before the target has what it lacks.
   */
  public void stick(int count, long size) {
    stuck.addAndGet(count);
    stuckBytes.addAndGet(size);
  }

  /**
   * Tells whether that alone takes half of the room. A backlog that only has to be worked off does
   * not count, however large it is.
   */
  public boolean crowded() {
    return stuck.get() >= MOST_HELD / 2 || stuckBytes.get() >= bounds.heldBytes() / 2;
  }

  /** Takes note that so much more is taken, or less, by the places of what is parked. */
  public void park(long size) {
    parkedBytes.addAndGet(size);
  }

  /**
   * Tells whether there is room for the place of one more parked change. Where a key has changes
   * parked, its next ones have twice the room, since nothing else can become of them.
   */
  public boolean parkable(boolean behind) {
    return parkedBytes.get() < (behind ? 2 : 1) * bounds.heldBytes();
  }

  /** Returns what keeps the flow to a rate. */
  public Throttle throttle() {
    return throttle;
  }

  /**
   * Takes note that the target is back after an outage: what waits is begun little by little, so
   * that it does not flood what has just recovered.
   */
  public void recover() {
    recovered = nanos.getAsLong();
  }

  /** Tells whether more may be begun soon though nothing ends. */
  public boolean eases() {
    return most() < bounds.active() || throttle.rates().isLimit();
  }

  /**
   * Takes a place among the active ones, if there is one and the rate allows.
   *
   * @param size of the change, in bytes
   */
  public boolean start(long size) {
    if (!startAgain()) {
      return false;
    }
    if (throttle.pass(size)) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  /** Takes a place likewise for what the rate let pass before. */
  public boolean startAgain() {
    if (active.incrementAndGet() <= most()) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  private int most() {
    int most = bounds.active();
    Long since = recovered;
    if (since == null) {
      return most;
    }
    long seconds = (nanos.getAsLong() - since) / SECOND;
    long ramp = seconds < Integer.SIZE ? (long) RAMP << seconds : Long.MAX_VALUE;
    if (ramp < most) {
      return (int) ramp;
    }
    recovered = null;
    return most;
  }

  /** Gives a place back. */
  public void end() {
    active.decrementAndGet();
  }
}
