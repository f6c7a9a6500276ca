package io.replicator.settle;

import io.replicator.ledger.Ledger;
import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * An owner settles the keys of one partition number: it takes the hints of that partition and what
 * all other regions tell in theirs, handles each key's entries one after the other and different
 * keys in parallel.
 *
 * <p>Entries come from the station's thread; they are begun and finished on any.
 */
final class Owner {
  /** Begins an entry; finishes it with {@link #finished}. */
  interface Work {
    void begin(Owner owner, Entry entry);

    /** Tells whether new work may be begun for an inflow. */
    boolean isOpen(Inflow inflow);

    /** Returns how many bytes an entry makes the agent carry. */
    long size(Entry entry);

    /** Takes note that an entry is let go of with its partition. */
    void dropped(Entry entry);
  }

  private final int partition;
  private final Ledger ledger;
  private final Map<String, Input> inputs = new HashMap<>();
  private final List<Input> turns;
  private final Work work;
  private final Listings listings;
  private final Map<String, Deque<Entry>> keys = new HashMap<>();
  private final AtomicInteger pumps = new AtomicInteger();
  private int active;
  private int resting;
  private int turn;
  private boolean open;
  private boolean closed;
  private volatile boolean gone;
  private final Map<TopicPartition, Long> committable = new ConcurrentHashMap<>();

  Owner(int partition, Ledger ledger, Collection<Input> inputs, Work work) {
    this.partition = partition;
    this.ledger = ledger;
    this.work = work;
    this.listings = new Listings();
    this.turns = List.copyOf(inputs);
    inputs.forEach(input -> this.inputs.put(input.place().topic(), input));
  }

  /**
   * Takes note of the offsets from which it was taken over. They are committed again also while
   * nothing is done yet, for it is by its offsets that a transaction is refused to a member that
   * was given up; never further than that, for a purge is not known to the ledger yet.
   */
  void takenFrom(Map<TopicPartition, Long> offsets) {
    committable.putAll(offsets);
  }

  int partition() {
    return partition;
  }

  Ledger ledger() {
    return ledger;
  }

  Collection<Input> inputs() {
    return turns;
  }

  Input input(String topic) {
    return inputs.get(topic);
  }

  /** Returns where the region's hints come from. */
  Input hints() {
    return turns.stream().filter(Input::isHints).findFirst().orElseThrow();
  }

  /** Takes a record, in the order of its input. */
  synchronized void accept(Entry entry) {
    Input input = entry.input;
    if (closed || input.isRead(entry.message.offset())) {
      return;
    }
    input.add(entry);
    if (entry.decoded instanceof Decoded.Beat) {
      return;
    }
    if (entry.decoded instanceof Decoded.Captured captured) {
      input.seen(entry, captured);
      if (input.isHints()) {
        listings.note(captured.change());
      }
      // Before anything later relies on it: nothing more comes of what was done before.
      if (isRepeated(entry, captured)) {
        finish(entry);
        return;
      }
    }
    Deque<Entry> queue = keys.computeIfAbsent(entry.key(), key -> new ArrayDeque<>(2));
    if (entry.isLook()) {
      entry.copy = queue.stream().anyMatch(earlier -> earlier.stamp().equals(entry.stamp()));
      if (!entry.copy && queue.stream().anyMatch(earlier -> willLook(earlier, entry))) {
        finish(entry);
        return;
      }
    }
    queue.add(entry);
    if (queue.size() == 1) {
      input.ready().add(entry);
    } else if (!queue.peek().begun && queue.peek().input.inflow().isPaused()) {
      choose(queue);
    }
  }

  /** Takes note that a topic is read from its present beginning, and why. */
  synchronized void readAnew(String topic, String why) {
    Input input = inputs.get(topic);
    input.readAnew();
    // Of one that has not begun no snapshot takes its place; the new topic may grow past it.
    committable.computeIfPresent(input.place(), (place, offset) -> 0L);
    input.reading().purged(why);
  }

  /** Lets work begin: what a former owner may have had under way has landed by now. */
  void open() {
    synchronized (this) {
      open = true;
    }
    pump();
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

  /** Inputs take turns, so that a backlog of one region does not keep the others waiting. */
  private synchronized Entry next() {
    if (closed || !open) {
      return null;
    }
    for (int tried = 0; tried < turns.size(); tried++) {
      turn = (turn + 1) % turns.size();
      Input input = turns.get(turn);
      Entry entry = next(input);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  private Entry next(Input input) {
    Inflow inflow = input.inflow();
    Ready ready = input.ready();
    for (Entry entry = ready.peek(); entry != null; entry = ready.peek()) {
      Deque<Entry> queue = keys.get(entry.key());
      if (entry.begun || entry.done || queue == null || queue.peek() != entry) {
        ready.remove();
        continue;
      }
      if (entry.attempts == 0
          && entry.decoded instanceof Decoded.Captured captured
          && isRepeated(entry, captured)) {
        ready.remove();
        finish(entry);
        continue;
      }
      if (inflow.isPaused() || !work.isOpen(inflow)) {
        return null;
      }
      if (!start(entry)) {
        if (entry.passed || !ready.passOver()) {
          return null;
        }
        continue; // the rate holds up what is new; what failed before was let pass
      }
      ready.remove();
      entry.begun = true;
      active++;
      return entry;
    }
    return null;
  }

  /** What begins again was let pass by the rate before. */
  private boolean start(Entry entry) {
    Window window = entry.input.inflow().window();
    boolean started = entry.passed ? window.startAgain() : window.start(work.size(entry));
    entry.passed |= started;
    return started;
  }

  /**
   * Tells whether an earlier entry is yet to look at the key, and will see what a later one is. Of
   * a copy that is not sure: it is done with what it is a copy of.
   */
  private static boolean willLook(Entry earlier, Entry later) {
    return !earlier.begun && !earlier.copy && earlier.input == later.input && earlier.isLook();
  }

  /** Tells whether an entry was had before. */
  private static boolean isRepeated(Entry entry, Decoded.Captured captured) {
    boolean repeated = entry.input.isDone(captured.stamp());
    if (repeated) {
      entry.input.inflow().figures().duplicate();
    }
    return repeated;
  }

  /**
   * Returns what newer the region that told this has told of the key since, and waits behind it;
   * empty if nothing does. While an entry is under way it stays.
   */
  synchronized Optional<Entry> heir(Entry entry) {
    return keys.get(entry.key()).stream()
        .filter(later -> later.input.inflow() == entry.input.inflow() && later.isNewerThan(entry))
        .findFirst();
  }

  /** Returns the flows of what waits for an entry to be done, and its own. */
  synchronized Set<Inflow> waiting(Entry entry) {
    return keys.get(entry.key()).stream()
        .map(other -> other.input.inflow())
        .collect(Collectors.toSet());
  }

  /** Returns what a listing has shown, which is over; empty if its begin was not read here. */
  synchronized Optional<Listings.Shown> shown(String listing) {
    return listings.end(listing);
  }

  /** Takes note that all is done and durable that an entry asked for. */
  void finished(Entry entry) {
    synchronized (this) {
      active--;
      entry.input.inflow().window().end();
      finish(entry);
      notifyAll();
    }
    pump();
  }

  /**
   * Takes note that an entry gives way to its {@link #heir}, which says more. It is done only
   * together with that: until then the key has the content of neither, and replicated-up-to must
   * not pass.
   */
  void giveWay(Entry entry, Entry heir) {
    synchronized (this) {
      active--;
      entry.input.inflow().window().end();
      // The first that gave way holds all back: those between it and the heir may be let go of.
      if (entry.forerunners.isEmpty()) {
        heir.forerunners.add(entry);
      } else {
        heir.forerunners.addAll(entry.forerunners);
        markDone(entry);
      }
      leaveQueue(entry);
      notifyAll();
    }
    pump();
  }

  private void finish(Entry entry) {
    markDone(entry);
    entry.forerunners.forEach(Owner::markDone);
    leaveQueue(entry);
  }

  private static void markDone(Entry entry) {
    if (entry.decoded instanceof Decoded.Captured captured) {
      entry.input.done(captured.stamp());
    }
    entry.input.finished(entry);
  }

  private void leaveQueue(Entry entry) {
    Deque<Entry> queue = keys.get(entry.key());
    if (queue != null && queue.peek() == entry) {
      queue.remove();
      if (queue.isEmpty()) {
        keys.remove(entry.key());
      } else {
        choose(queue);
      }
    }
  }

  /** Puts the first entry of a key to the front that no operator has paused. */
  private void choose(Deque<Entry> queue) {
    Entry first =
        queue.stream()
            .filter(entry -> !entry.input.inflow().isPaused())
            .findFirst()
            .orElseGet(queue::peek);
    if (queue.peek() != first) {
      queue.remove(first);
      queue.addFirst(first);
    }
    first.input.ready().add(first);
  }

  /** Takes note that an inflow was paused or goes on. */
  void repaused() {
    synchronized (this) {
      keys.values().stream().filter(queue -> !queue.peek().begun).forEach(this::choose);
    }
    pump();
  }

  /** Takes note that an entry waits to be tried again: nothing of it is under way. */
  synchronized void rest() {
    resting++;
    notifyAll();
  }

  /**
   * Takes note that a resting entry is about to be tried again.
   *
   * @return false if it must not, because the partition is given up
   */
  synchronized boolean wake(Entry entry) {
    resting--;
    if (closed) {
      active--;
      entry.input.inflow().window().end();
    }
    return !closed;
  }

  /**
   * Takes note that an entry waits, perhaps for long: nothing of it is under way, and others may
   * have its place among the active ones.
   */
  synchronized void await(Entry entry) {
    active--;
    entry.input.inflow().window().end();
    notifyAll();
  }

  /**
   * Takes a place for an entry that waits, to be begun at once.
   *
   * @return false if none is free, or the partition is given up
   */
  synchronized boolean resume(Entry entry) {
    boolean resumes = !closed && entry.input.inflow().window().startAgain();
    active += resumes ? 1 : 0;
    return resumes;
  }

  /**
   * Adds an entry that waits to those that may begin.
   *
   * @return false if it must not begin, because the partition is given up
   */
  boolean retry(Entry entry) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      entry.begun = false;
      if (entry.input.inflow().isPaused()) {
        choose(keys.get(entry.key()));
      } else {
        entry.input.ready().add(entry);
      }
    }
    pump();
    return true;
  }

  /** Tells whether the partition is still in this agent's hands. */
  synchronized boolean isOpen() {
    return !closed;
  }

  /** Tells whether it ever came to work. */
  synchronized boolean hasBegun() {
    return open;
  }

  /** Begins nothing more, and lets nothing that rests be tried again. */
  synchronized void stop() {
    closed = true;
  }

  /**
   * After {@link #stop}, waits until nothing is under way, and lets go of the rest.
   *
   * @param end of the patience, by {@link System#nanoTime}
   * @return whether nothing is under way any more
   */
  boolean drain(long end) throws InterruptedException {
    try {
      return isQuiet(end);
    } finally {
      clear().forEach(work::dropped);
    }
  }

  private synchronized boolean isQuiet(long end) throws InterruptedException {
    while (active > resting && System.nanoTime() - end < 0) {
      wait(50);
    }
    return active <= resting;
  }

  private synchronized List<Entry> clear() {
    return turns.stream().flatMap(input -> input.clear().stream()).toList();
  }

  /** Takes note of work that ends because the partition was given up. */
  synchronized void abandoned(Entry entry) {
    active--;
    entry.input.inflow().window().end();
    notifyAll();
  }

  /** Takes note that nothing of this owner is to be made durable any more. */
  void leave() {
    gone = true;
  }

  /** Tells whether nothing of this owner is to be made durable any more. */
  boolean isGone() {
    return gone;
  }

  /** Returns what is to be written down of the inputs, where anything is new. */
  synchronized Map<Input, Snapshot> snapshots(boolean evenIfIdle) {
    Map<Input, Snapshot> snapshots = new LinkedHashMap<>();
    turns.forEach(
        input -> input.snapshot(evenIfIdle).ifPresent(snapshot -> snapshots.put(input, snapshot)));
    return snapshots;
  }

  /** Takes note that snapshots are durable: their offsets may be committed. */
  void remembered(Map<Input, Snapshot> snapshots) {
    snapshots.forEach((input, snapshot) -> committable.put(input.place(), snapshot.offset()));
  }

  /** Returns the offsets up to which all is done and written down. */
  Map<TopicPartition, Long> committable() {
    return committable;
  }

  /** Returns how many entries are read and not done. */
  synchronized long held(Inflow inflow) {
    return turns.stream().filter(input -> input.inflow() == inflow).mapToLong(Input::held).sum();
  }
}
