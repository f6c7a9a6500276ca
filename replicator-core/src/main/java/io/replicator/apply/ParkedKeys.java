package io.replicator.apply;

import io.replicator.model.Condition;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The parked keys of one partition: which changes wait, which key's turn it is, and what has to be
 * read again for it. A change comes out of parking as an entry, is begun like any other, and ends
 * with {@link #ended} or {@link #failed}.
 *
 * <p>Calls nothing but the window, so that it may be asked under any lock. Thread-safe.
 */
final class ParkedKeys {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Window window;
  private final Map<String, ParkedKey> keys = new HashMap<>();
  private final Turns turns;
  private final Arrivals arrivals = new Arrivals();
  private final Rereads rereads;
  private final HeldTimes times = new HeldTimes();
  private final UnaryOperator<Duration> about;
  private final Waits<ParkedKey> waits = new Waits<>();
  private long size;
  private boolean closed;

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   * @param about returns a pause that differs a little from another, by chance
   */
  ParkedKeys(Window window, LongSupplier nanos, UnaryOperator<Duration> about) {
    this.window = window;
    this.about = about;
    this.turns = new Turns(nanos);
    this.rereads = new Rereads(window);
  }

  /**
   * Expects a change behind others of its key that wait, or are on their way; it is {@link
   * #arrived} or {@link #canceled} later.
   *
   * @return empty if none of its key do, and it can be applied
   */
  synchronized Optional<Arrivals.Arrival> expect(String key, long mark) {
    return keys.containsKey(key) || arrivals.first(key) < Long.MAX_VALUE
        ? Optional.of(arrivals.expect(key, mark))
        : Optional.empty();
  }

  /**
   * Takes note that an expected change is durable in parking.
   *
   * @param then is to be done once it waits behind those before it
   * @return what is to be done now
   */
  synchronized List<Runnable> arrived(
      Arrivals.Arrival arrival, long offset, Parked.Failure why, Runnable then) {
    return add(arrivals.durable(arrival, offset, why, then));
  }

  /** Takes note that an expected change does not come; returns what is to be done now. */
  synchronized List<Runnable> canceled(Arrivals.Arrival arrival) {
    return add(arrivals.cancel(arrival));
  }

  private List<Runnable> add(List<Arrivals.Arrival> arrived) {
    arrived.forEach(one -> add(one.key(), one.offset(), one.mark(), one.why(), null));
    return arrived.stream().map(Arrivals.Arrival::then).toList();
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

  /** Returns what the keys wait for that an operator has to see to. */
  synchronized List<Condition> conditions() {
    return waits.all();
  }

  /**
   * Adds a change that was parked now behind those of its key.
   *
   * @param mark from {@link Mark}
   * @param condition what an operator has to see to; RUNNING for nothing
   * @return whether it is the first of its key
   */
  synchronized boolean park(
      String name, long offset, long mark, Parked.Failure why, Condition condition) {
    boolean first = !closed && !keys.containsKey(name);
    if (first) {
      ParkedKey key = open(name, why, why.attempts() > 0 ? pause(why.attempts()) : 0);
      waits.set(key, condition);
    }
    add(name, offset, mark, why, null);
    return first;
  }

  /**
   * Adds a change that stands in parking behind those of its key, and before those that came later
   * into the change topic. One that waits already is not added again.
   *
   * @param mark from {@link Mark}
   * @param behind what is under way for the key and has to end before; null for nothing
   */
  synchronized void add(String name, long offset, long mark, Parked.Failure why, Entry behind) {
    if (closed) {
      return;
    }
    ParkedKey key = keys.get(name);
    if (key == null) {
      key = open(name, why, 0);
      key.behind = behind;
    }
    int there = key.isBeyond(mark) ? -1 : key.indexOf(mark);
    if (there >= 0) {
      moved(key, there, offset);
      return;
    }
    long before = key.bytes();
    key.add(offset, mark, why.upTo().map(Instant::toEpochMilli).orElse(ParkedKey.NO_BOUND));
    window.park(key.bytes() - before);
    size++;
    times.hold(key);
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
    rereads.forget(key, key.offset(index));
    removed(key, index);
    goOn(key);
  }

  /**
   * Takes note that all of a key's changes have to be here before one is tried: a former owner may
   * have parked one and not the one before it.
   *
   * @param mark of one that the lane has yet to come by
   */
  synchronized void hold(String name, long mark) {
    if (keys.containsKey(name)) {
      turns.hold(keys.get(name), mark);
    }
  }

  /** Returns the keys that are held so, and the last mark of each. */
  synchronized Map<String, Long> held() {
    return turns.held();
  }

  /** Takes note that the lane is past what a key is held for; it may be on its way here. */
  synchronized void letGo(String name, long mark) {
    if (arrivals.first(name) > mark) {
      turns.letGo(name);
    }
  }

  /** Chooses keys whose turn it is; what they need is {@link #wanted}. */
  synchronized void choose() {
    for (var key = turns.next(); key.isPresent(); key = turns.next()) {
      rereads.begin(key.get());
    }
  }

  /** Returns the offsets that have to be read again, the least first. */
  synchronized List<Long> wanted() {
    return rereads.wanted();
  }

  /** Takes a record that was read again. */
  synchronized void loaded(
      long offset, String place, ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    rereads.loaded(offset, place, message, decoded);
  }

  /**
   * Takes note that from one offset to another all was read: what was wanted before that, and was
   * not there, was ended by another.
   *
   * @param before what was wanted
   */
  synchronized void passed(List<Long> before, long from, long to) {
    for (long offset : before) {
      ParkedKey key = from <= offset && offset < to ? rereads.unwant(offset) : null;
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
  synchronized List<Entry> takeReady() {
    return rereads.takeReady();
  }

  /**
   * Takes note that the change of a ticket is ended for good.
   *
   * @return whether it was the last one of its key
   */
  synchronized boolean ended(Ticket ticket) {
    ParkedKey key = ticket.key();
    rereads.forget(key, ticket.offset());
    key.running = false;
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
    rereads.forget(key);
    if (closed) {
      return;
    }
    key.tries = entry.tries;
    turns.again(key, pause(entry.tries.attempts));
    waits.set(key, condition);
  }

  /** Lets go of all, with the partition. */
  synchronized void close() {
    closed = true;
    for (ParkedKey key : keys.values()) {
      window.park(-key.bytes());
      rereads.forget(key);
    }
    keys.clear();
    turns.clear();
    rereads.takeReady();
    times.clear();
    waits.clear();
    size = 0;
  }

  private ParkedKey open(String name, Parked.Failure why, long pauseNanos) {
    ParkedKey key = new ParkedKey(name);
    key.tries.attempts = why.attempts();
    keys.put(name, key);
    turns.add(key, pauseNanos);
    window.park(key.bytes());
    return key;
  }

  /** Goes on with a key of which one change is gone. */
  private void goOn(ParkedKey key) {
    if (key.isEmpty()) {
      gone(key);
    } else if (key.trying && !key.running) {
      rereads.begin(key);
    }
  }

  /** Only the last record of a place is sure to stay in the topic. */
  private void moved(ParkedKey key, int index, long offset) {
    long before = key.offset(index);
    key.move(index, offset);
    if (index > 0 || !key.running) {
      rereads.moved(key, before, offset);
    }
  }

  private void removed(ParkedKey key, int index) {
    if (index == 0) {
      waits.remove(key); // it was the first that did
    }
    long before = key.bytes();
    key.remove(index);
    window.park(key.bytes() - before);
    size--;
    times.hold(key);
  }

  private void gone(ParkedKey key) {
    keys.remove(key.key);
    window.park(-key.bytes());
    turns.remove(key);
  }

  private long pause(int attempts) {
    return about.apply(Retries.most(attempts, LONGEST_PAUSE)).toNanos();
  }
}
