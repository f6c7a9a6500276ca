package io.replicator.apply;

import io.replicator.model.Change;
import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A lane is one partition of a flow in this agent's hands: keys in parallel, each key in order, and
 * a front before which everything is done.
 *
 * <p>Entries come from the consumer's thread; they are begun, finished and remembered on any.
 */
final class Lane {
  /**
   * Begins an entry that is not done yet; finishes it with {@link #release} and {@link #settle}.
   */
  interface Work {
    void begin(Lane lane, Entry entry);

    /** Tells whether new work may be begun. */
    boolean isOpen();

    /** Takes note of a change that was had before. */
    void duplicate();

    /**
     * An entry is given up with its partition before it could begin, perhaps not the first time.
     */
    void dropped(Entry entry);
  }

  private final int partition;
  private final Window window;
  private final Work work;
  private final Reading reading;
  private final Optional<RecentIds> ids;
  private final Held held;
  private final Map<String, Deque<Entry>> keys = new HashMap<>();
  private final Deque<Entry> runnable = new ArrayDeque<>();
  private final AtomicInteger pumps = new AtomicInteger();
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private long front;
  private int active;
  private boolean closed;
  private int resting;
  private int waiting;
  private long committable;
  private int lacking;

  /**
   * @param front the first offset that is not done
   * @param born when this region first read the partition; the epoch if from its beginning
   * @param memory what the journal holds
   * @param ids room for the ids of applied changes, where the store keeps no history
   */
  Lane(
      int partition,
      long front,
      Instant born,
      Journal.Memory memory,
      Optional<RecentIds> ids,
      Window window,
      Work work,
      InstantSource clock) {
    this.partition = partition;
    this.front = front;
    this.window = window;
    this.held = new Held(window);
    this.work = work;
    this.ids = ids;
    this.reading = new Reading(partition, born, memory.snapshot(), clock);
    for (Journal.Applied applied : memory.applied()) {
      reading.done(applied.stamp());
      ids.ifPresent(recent -> recent.add(applied.id()));
    }
  }

  int partition() {
    return partition;
  }

  /** Returns what is known of the partition. */
  Reading reading() {
    return reading;
  }

  /** Takes a record, in the order of the partition. */
  synchronized void accept(Entry entry) {
    if (closed) {
      return;
    }
    held.add(entry);
    if (entry.decoded instanceof Decoded.Captured captured) {
      reading.seen(captured.stamp());
      Deque<Entry> queue =
          keys.computeIfAbsent(captured.change().key(), key -> new ArrayDeque<>(2));
      queue.add(entry);
      if (queue.size() == 1) {
        runnable.add(entry);
      }
    } else if (entry.decoded instanceof Decoded.Beat beat) {
      reading.heard(beat.heartbeat());
      entry.done = true;
      advance();
    } else {
      runnable.add(entry);
    }
    if (waiting > 0) {
      held.condense();
    }
  }

  /** Begins what can be begun. */
  void pump() {
    // One thread pumps; another that comes meanwhile makes it go round once more.
    if (pumps.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      for (Entry entry = next(); entry != null; entry = next()) {
        work.begin(this, entry);
      }
      seen = pumps.addAndGet(-seen);
    } while (seen != 0);
  }

  private synchronized Entry next() {
    while (!closed && !runnable.isEmpty()) {
      Entry entry = runnable.peek();
      if (entry.decoded instanceof Decoded.Captured captured && isDone(captured)) {
        runnable.remove();
        work.duplicate();
        reading.done(captured.stamp());
        entry.done = true;
        follow(captured.change());
        advance();
        continue;
      }
      if (!work.isOpen() || !window.start()) {
        return null;
      }
      active++;
      return runnable.remove();
    }
    return null;
  }

  private boolean isDone(Decoded.Captured captured) {
    return reading.isDone(captured.stamp())
        || ids.map(recent -> recent.contains(captured.change().id())).orElse(false);
  }

  /** Takes note that an entry's change is applied or set aside: its key's next one may begin. */
  void release(Entry entry) {
    synchronized (this) {
      if (entry.lacks) {
        entry.lacks = false;
        lacking--;
        if (lacking == 0) {
          held.unstick();
        } else {
          held.loosen(entry);
        }
      }
      if (entry.decoded instanceof Decoded.Captured captured) {
        reading.done(captured.stamp());
        ids.ifPresent(recent -> recent.add(captured.change().id()));
        follow(captured.change());
      }
    }
    pump();
  }

  /** Takes note that this is remembered, too: its offset may be committed. */
  void settle(Entry entry) {
    window.end();
    synchronized (this) {
      active--;
      entry.done = true;
      reading.touch();
      advance();
      if (waiting > 0) {
        held.condense();
      }
      quieten();
    }
    pump();
  }

  /** Takes note that an entry waits to be tried again: nothing of it is under way. */
  synchronized void rest() {
    resting++;
    quieten();
  }

  /**
   * Takes note that a resting entry is about to be tried again.
   *
   * @return false if it must not, because the partition is given up: another member may have it
   */
  synchronized boolean wake() {
    resting--;
    if (closed) {
      active--;
      window.end();
    }
    return !closed;
  }

  /**
   * Takes note that an entry waits, perhaps for long: nothing of it is under way, and others may
   * have its place among the active ones.
   */
  synchronized void await(Entry entry) {
    active--;
    waiting++;
    window.end();
    held.condense();
    quieten();
  }

  /**
   * Puts an entry that waits in front of those that may begin.
   *
   * @return false if it must not begin, because the partition is given up
   */
  boolean retry(Entry entry) {
    synchronized (this) {
      waiting--;
      if (closed) {
        return false;
      }
      runnable.addFirst(entry);
    }
    pump();
    return true;
  }

  /**
   * Takes note that an entry failed for something that the target lacks.
   *
   * @return whether those that do, and what is held because of them, leave little room for others
   */
  synchronized boolean lacks(Entry entry) {
    if (!entry.lacks && !closed) {
      entry.lacks = true;
      lacking++;
    }
    if (closed) {
      return false;
    }
    if (window.drained()) {
      held.unstick(); // what was counted when there was less room may be gone
      return false;
    }
    held.stick();
    return window.crowded();
  }

  /** Tells whether the partition is still in this agent's hands. */
  synchronized boolean isOpen() {
    return !closed;
  }

  /**
   * Begins nothing more, and lets nothing that rests be tried again.
   *
   * @return completes when nothing is under way any more
   */
  synchronized CompletionStage<Void> stop() {
    closed = true;
    quieten();
    return quiet;
  }

  /** After {@link #stop}, lets go of all that did not begin. */
  synchronized void clear() {
    runnable.forEach(work::dropped);
    runnable.clear();
    held.clear();
  }

  /** Returns what is to be remembered, if anything was done since the last time. */
  synchronized Optional<Snapshot> snapshot(boolean evenIfIdle) {
    return reading.snapshot(front, evenIfIdle);
  }

  synchronized long front() {
    return front;
  }

  /** Takes note that a snapshot with this offset is durable: it may be committed. */
  synchronized void remembered(long offset) {
    committable = Math.max(committable, offset);
  }

  /** Returns the offset to commit, once; 0 if there is none. */
  synchronized long takeCommittable() {
    long offset = committable;
    committable = 0;
    return offset;
  }

  /** Lets go of ids that are more than the flow may remember by now. */
  synchronized void trim() {
    ids.ifPresent(RecentIds::trim);
  }

  private void quieten() {
    if (closed && active <= resting) {
      quiet.complete(null);
    }
  }

  private void follow(Change change) {
    Deque<Entry> queue = keys.get(change.key());
    if (queue == null) {
      return;
    }
    queue.poll();
    if (queue.isEmpty()) {
      keys.remove(change.key());
    } else {
      runnable.add(queue.peek());
    }
  }

  private void advance() {
    for (Entry entry = held.removeDone(); entry != null; entry = held.removeDone()) {
      front = entry.message.offset() + 1;
      if (entry.decoded instanceof Decoded.Beat beat) {
        reading.passed(beat.heartbeat());
      }
    }
  }
}
