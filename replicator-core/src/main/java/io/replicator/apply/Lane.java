package io.replicator.apply;

import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A lane is one partition of a flow in this agent's hands: keys in parallel, each key in order, and
 * a front before which everything is done.
 *
 * <p>Entries come from the consumer's thread; they are begun, finished and remembered on any.
 */
final class Lane {
  private final int partition;
  private final Window window;
  private final Work work;
  private final Reading reading;
  private final Past past;
  private final Held held;
  private final Bay bay;
  private final KeyQueues keys = new KeyQueues();
  private final Pump pump = new Pump();
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private long front;
  private long read;
  private int active;
  private boolean closed;
  private int resting;
  private int waiting;

  /**
   * @param front the first offset that is not done
   * @param born when this region first read the partition
   * @param memory what the journal holds
   * @param bay what of it is parked
   * @param ids room for the ids of applied changes, where the store keeps no history
   */
  Lane(
      int partition,
      long front,
      Instant born,
      Journal.Memory memory,
      Bay bay,
      Optional<RecentIds> ids,
      Window window,
      Work work,
      Clocks clocks) {
    this.partition = partition;
    this.front = front;
    this.read = front - 1;
    this.window = window;
    this.held = new Held(window);
    this.work = work;
    this.bay = bay;
    this.reading = new Reading(partition, born, memory.snapshot(), clocks);
    reading.holdBack(bay.keys()::bound);
    this.past = new Past(reading, bay.writes(), memory, ids);
  }

  int partition() {
    return partition;
  }

  /** Returns what is known of the partition. */
  Reading reading() {
    return reading;
  }

  /** Returns what of the partition is parked. */
  Bay bay() {
    return bay;
  }

  /**
   * Takes a record, in the order of the partition. One that was taken before is not taken again: a
   * consumer may go back to what is committed.
   */
  synchronized void accept(Entry entry) {
    if (closed || entry.message.offset() <= read) {
      return;
    }
    held.add(entry);
    read = entry.message.offset();
    if (entry.decoded instanceof Decoded.Beat beat) {
      reading.heard(beat.heartbeat(), entry.message.offset());
      held.done(entry);
      advance();
    } else {
      if (entry.decoded instanceof Decoded.Captured captured) {
        past.read(entry, captured);
      }
      keys.add(entry);
    }
    if (waiting > 0) {
      held.condense();
    }
  }

  /** Begins what can be begun; false if that is left to another thread. */
  boolean pump() {
    return pump.run(
        () -> {
          for (Entry entry = next(); entry != null; entry = next()) {
            work.begin(this, entry);
          }
        });
  }

  private synchronized Entry next() {
    while (!closed && keys.peek() != null) {
      Entry entry = keys.peek();
      if (entry.ticket.isEmpty()
          && entry.decoded instanceof Decoded.Captured captured
          && past.passes(entry, captured, () -> work.duplicate(entry))) {
        keys.remove();
        held.lacksNoMore(entry);
        past.parked(entry, captured);
        held.done(entry);
        keys.follow(captured.change().key());
        advance();
        continue;
      }
      if (!work.isOpen() || !window.start(entry.size())) {
        return null;
      }
      active++;
      return keys.remove();
    }
    return null;
  }

  /** Tells whether a change that came out of parking was applied before it was ended there. */
  synchronized boolean wasApplied(Entry entry, Decoded.Captured captured) {
    return entry.ticket.map(ticket -> past.isDone(ticket, captured)).orElse(false);
  }

  /** Takes note that an entry's change is applied or set aside: its key's next one may begin. */
  void release(Entry entry) {
    synchronized (this) {
      held.lacksNoMore(entry);
      if (entry.decoded instanceof Decoded.Captured captured) {
        past.done(entry, captured);
        keys.follow(captured.change().key());
      }
    }
    pump();
  }

  /** Has the next change of a key begun: the first one is being parked. */
  void free(String key) {
    synchronized (this) {
      keys.follow(key);
    }
    pump();
  }

  /** Takes note that an entry waits in parking: it is done here, and settled. */
  void passOn(Entry entry) {
    synchronized (this) {
      held.lacksNoMore(entry);
      if (entry.decoded instanceof Decoded.Captured captured) {
        past.parked(entry, captured);
      }
    }
    settle(entry);
  }

  /** Begins what comes out of parking now. */
  void revive() {
    synchronized (this) {
      if (closed) {
        return;
      }
      keys.addAll(bay.keys().takeReady());
    }
    pump();
  }

  /**
   * Takes note that what came out of parking is ended there.
   *
   * @return whether it was the last one of its key
   */
  boolean end(Entry entry) {
    synchronized (this) {
      if (entry.decoded instanceof Decoded.Captured captured) {
        past.done(entry, captured);
      }
    }
    boolean last = bay.keys().ended(entry.ticket.orElseThrow());
    revive();
    return last;
  }

  /** Puts what came out of parking and failed back, until its next turn. */
  void putBack(Entry entry, Condition condition) {
    bay.keys().failed(entry.ticket.orElseThrow(), entry, condition);
    window.end();
    synchronized (this) {
      active--;
      quieten();
    }
    pump();
  }

  /** Returns the change of a key that comes next; null if none is here. */
  synchronized Entry next(String key) {
    return keys.first(key);
  }

  /** Tells whether all up to an offset was read, and nothing of a key up to there waits here. */
  synchronized boolean isPast(String key, long offset) {
    Entry first = keys.first(key);
    return read >= offset && (first == null || first.message.offset() > offset);
  }

  /** Takes note that this is remembered, too: its offset may be committed. */
  void settle(Entry entry) {
    window.end();
    synchronized (this) {
      active--;
      held.done(entry);
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

  /** Takes note that an entry did not begin after all: its place is free, and it is the next. */
  void giveBack(Entry entry) {
    window.end();
    synchronized (this) {
      active--;
      if (closed) {
        work.dropped(entry);
      } else {
        keys.giveBack(entry);
      }
      quieten();
    }
    pump();
  }

  /**
   * Adds an entry that waits to those that may begin.
   *
   * @return false if it must not begin, because the partition is given up
   */
  boolean retry(Entry entry) {
    return retry(entry, keys::addAgain);
  }

  /** Has an entry that waits be the next to begin; returns likewise. */
  boolean retryNext(Entry entry) {
    return retry(entry, keys::addNext);
  }

  private boolean retry(Entry entry, Consumer<Entry> queue) {
    synchronized (this) {
      waiting--;
      if (closed) {
        return false;
      }
      queue.accept(entry);
    }
    pump();
    return true;
  }

  /**
   * Takes note that an entry failed, and is kept until it is done.
   *
   * @return whether those that do, and what is held because of them, leave little room for others
   */
  synchronized boolean lacks(Entry entry) {
    return !closed && held.lacks(entry);
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
    keys.drop(work::dropped);
    held.clear();
    bay.close();
  }

  /** Returns what is to be remembered, if anything was done since the last time. */
  synchronized Optional<Snapshot> snapshot(boolean evenIfIdle) {
    return reading.snapshot(front, evenIfIdle);
  }

  synchronized long front() {
    return front;
  }

  /** Lets go of ids that are more than the flow may remember by now. */
  synchronized void trim() {
    past.trim();
  }

  private void quieten() {
    if (closed && active <= resting) {
      quiet.complete(null);
    }
  }

  private void advance() {
    for (Entry entry = held.removeDone(); entry != null; entry = held.removeDone()) {
      front = entry.message.offset() + 1;
      if (entry.decoded instanceof Decoded.Beat beat) {
        reading.passed(beat.heartbeat(), entry.message.offset());
      }
    }
  }
}
