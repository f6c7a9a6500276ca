package io.replicator.apply;

import io.replicator.model.Condition;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The parked keys of one partition: which changes wait, which key's turn it is, and what has to be
 * read again for it. A change comes out of parking as an entry, is begun like any other, and ends
 * with {@link #ended} or {@link #failed}.
 *
 * <p>Calls nothing but the window, so that it may be asked under any lock. Thread-safe.
 */
final class ParkedKeys {
  /** So many keys are tried at a time: parked ones may all fail, and others need the target. */
  private static final int MOST_TRYING = 16;

  /** So many changes of a key whose turn it is are read at once. */
  private static final int AHEAD = 32;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final long BEHIND_NANOS = Duration.ofMillis(200).toNanos();

  private final Window window;
  private final Map<String, ParkedKey> keys = new HashMap<>();
  private final PriorityQueue<ParkedKey> queue =
      new PriorityQueue<>(Comparator.comparingLong((ParkedKey key) -> key.due));
  private final TreeMap<Long, ParkedKey> wanted = new TreeMap<>();

  /** What is to be begun. */
  private final Deque<Entry> ready = new ArrayDeque<>();

  private final HeldTimes times = new HeldTimes();

  /** What keys wait for that an operator has to see to. */
  private final Map<ParkedKey, Condition> conditions = new LinkedHashMap<>();

  private int trying;
  private long size;
  private boolean closed;

  ParkedKeys(Window window) {
    this.window = window;
  }

  /** Tells whether changes of a key wait, so that its next ones have to wait behind them. */
  synchronized boolean holds(String key) {
    return keys.containsKey(key);
  }

  /** Tells whether one change of a key waits. */
  synchronized boolean holds(String name, long mark) {
    ParkedKey key = keys.get(name);
    return key != null && !key.isBeyond(mark) && key.indexOf(mark) >= 0;
  }

  /** Returns how many changes wait. */
  synchronized long size() {
    return size;
  }

  /** Returns the time that replicated-up-to cannot pass; empty if nothing holds it back. */
  synchronized Optional<Instant> bound() {
    return times.least();
  }

  /** Returns what some of the keys wait for that an operator has to see to; empty for none. */
  synchronized Optional<Condition> condition() {
    return conditions.values().stream().findFirst();
  }

  /**
   * Adds a change behind those of its key. One that waits already is not added again.
   *
   * @param mark from {@link Mark}
   * @param why it is parked
   * @param behind what is under way for the key and has to end before; null for nothing
   * @return whether it is the first of its key
   */
  synchronized boolean add(String name, long offset, long mark, Parked.Failure why, Entry behind) {
    if (closed) {
      return false;
    }
    ParkedKey key = keys.get(name);
    boolean first = key == null;
    if (first) {
      key = new ParkedKey(name);
      key.attempts = why.attempts();
      key.behind = behind;
      key.due = System.nanoTime() + (why.attempts() > 0 ? pause(why.attempts()) : 0);
      keys.put(name, key);
      queue.add(key);
      window.park(key.bytes());
    }
    int there = key.isBeyond(mark) ? -1 : key.indexOf(mark);
    if (there >= 0) {
      moved(key, there, offset);
      return false;
    }
    long before = key.bytes();
    key.add(offset, mark, why.upTo().map(Instant::toEpochMilli).orElse(ParkedKey.NO_BOUND));
    window.park(key.bytes() - before);
    size++;
    times.hold(key);
    return first;
  }

  /** Takes note that a change was ended, perhaps by another: it waits no longer. */
  synchronized void endedElsewhere(Optional<String> name, long mark) {
    if (name.isPresent()) {
      Optional.ofNullable(keys.get(name.get())).ifPresent(key -> remove(key, mark));
    } else {
      List.copyOf(keys.values()).forEach(key -> remove(key, mark));
    }
  }

  private void remove(ParkedKey key, long mark) {
    int index = key.indexOf(mark);
    if (index < 0 || (index == 0 && key.running)) {
      return; // what is under way here is ended here
    }
    long offset = key.offset(index);
    wanted.remove(offset);
    release(key.loaded.remove(offset));
    removed(key, index);
    goOn(key);
  }

  /** Chooses keys whose turn it is; what they need is {@link #wanted}. */
  synchronized void choose() {
    long now = System.nanoTime();
    while (!closed && trying < MOST_TRYING && !queue.isEmpty() && queue.peek().due - now <= 0) {
      ParkedKey key = queue.poll();
      if (key.behind != null && !key.behind.done) {
        key.due = now + BEHIND_NANOS;
        queue.add(key);
        continue;
      }
      key.behind = null;
      key.trying = true;
      trying++;
      want(key);
    }
  }

  /** Returns the offsets that have to be read again, the least first. */
  synchronized List<Long> wanted() {
    return List.copyOf(wanted.keySet());
  }

  /** Takes a record that was read again. */
  synchronized void loaded(
      long offset, String place, ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    ParkedKey key = wanted.remove(offset);
    if (key != null) {
      Entry entry = new Entry(message, decoded, new Ticket(key, offset, place));
      window.hold(entry.bytes());
      key.loaded.put(offset, entry);
      begin(key);
    }
  }

  /**
   * Takes note that from one offset to another all was read: what was wanted before that, and was
   * not there, was ended by another.
   *
   * @param before what was wanted
   */
  synchronized void passed(List<Long> before, long from, long to) {
    for (long offset : before) {
      ParkedKey key = from <= offset && offset < to ? wanted.remove(offset) : null;
      if (key == null) {
        continue;
      }
      int index = 0;
      while (key.offset(index) != offset) {
        index++;
      }
      removed(key, index);
      goOn(key);
    }
  }

  /** Returns what is to be begun now. */
  synchronized List<Entry> ready() {
    List<Entry> all = new ArrayList<>(ready);
    ready.clear();
    return all;
  }

  /**
   * Takes note that the change of a ticket is ended for good.
   *
   * @return whether it was the last one of its key
   */
  synchronized boolean ended(Ticket ticket) {
    ParkedKey key = ticket.key();
    release(key.loaded.remove(ticket.offset()));
    key.running = false;
    conditions.remove(key);
    if (closed) {
      return false;
    }
    removed(key, 0);
    goOn(key);
    return key.isEmpty();
  }

  /**
   * Takes note that the change of a ticket failed and is to be tried again later.
   *
   * @param condition what an operator has to see to; RUNNING for nothing
   */
  synchronized void failed(Ticket ticket, Entry entry, Condition condition) {
    ParkedKey key = ticket.key();
    key.running = false;
    key.trying = false;
    trying--;
    wanted.values().removeIf(one -> one == key);
    key.loaded.values().forEach(this::release);
    key.loaded.clear();
    if (closed) {
      return;
    }
    key.attempts = entry.attempts;
    key.failingSince = entry.failingSince;
    key.due = System.nanoTime() + pause(entry.attempts);
    queue.add(key);
    if (condition.equals(Condition.RUNNING)) {
      conditions.remove(key);
    } else {
      conditions.put(key, condition);
    }
  }

  /** Lets go of all, with the partition. */
  synchronized void close() {
    closed = true;
    for (ParkedKey key : keys.values()) {
      window.park(-key.bytes());
      key.loaded.values().forEach(this::release);
      key.loaded.clear();
    }
    keys.clear();
    queue.clear();
    wanted.clear();
    ready.clear();
    times.clear();
    conditions.clear();
    size = 0;
  }

  /** Goes on with a key of which one change is gone. */
  private void goOn(ParkedKey key) {
    if (key.isEmpty()) {
      gone(key);
    } else if (key.trying && !key.running) {
      begin(key);
    }
  }

  private void begin(ParkedKey key) {
    if (key.running) {
      return;
    }
    Entry entry = key.loaded.get(key.offset(0));
    if (entry == null) {
      want(key);
    } else {
      key.running = true;
      entry.attempts = key.attempts;
      entry.failingSince = key.failingSince;
      ready.add(entry);
    }
  }

  private void want(ParkedKey key) {
    int most = key.attempts == 0 && window.drained() ? AHEAD : 1;
    for (int index = 0; index < Math.min(most, key.size()); index++) {
      if (!key.loaded.containsKey(key.offset(index))) {
        wanted.put(key.offset(index), key);
      }
    }
  }

  /** Only the last record of a place is sure to stay in the topic. */
  private void moved(ParkedKey key, int index, long offset) {
    long before = key.offset(index);
    key.move(index, offset);
    if (wanted.remove(before) != null) {
      wanted.put(offset, key);
    }
    if (index > 0 || !key.running) {
      release(key.loaded.remove(before));
      if (key.trying && !key.running) {
        begin(key);
      }
    }
  }

  private void removed(ParkedKey key, int index) {
    long before = key.bytes();
    key.remove(index);
    window.park(key.bytes() - before);
    size--;
    times.hold(key);
  }

  private void gone(ParkedKey key) {
    keys.remove(key.key);
    conditions.remove(key);
    window.park(-key.bytes());
    if (key.trying) {
      trying--;
    } else {
      queue.remove(key);
    }
  }

  private void release(Entry entry) {
    if (entry != null) {
      window.release(entry.bytes());
    }
  }

  private static long pause(int attempts) {
    long most = Retries.most(attempts, LONGEST_PAUSE).toNanos();
    return ThreadLocalRandom.current().nextLong(most / 2, most + 1);
  }
}
