package io.replicator.apply;

import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What is read again for the keys whose turn it is: which records are wanted, which are here, and
 * which are to be begun. Guarded by its {@link ParkedKeys}.
 */
final class Rereads {
  /** So many changes of a key that gets on are read at once. */
  private static final int AHEAD = 32;

  private final Window window;
  private final TreeMap<Long, ParkedKey> wanted = new TreeMap<>();
  private final Deque<Entry> ready = new ArrayDeque<>();

  Rereads(Window window) {
    this.window = window;
  }

  /** Returns the offsets of the wanted records, the least first. */
  List<Long> wanted() {
    return List.copyOf(wanted.keySet());
  }

  /** Has the first change of a key begun, once it is here. */
  void begin(ParkedKey key) {
    if (key.running) {
      return;
    }
    Entry entry = key.loaded.get(key.offset(0));
    if (entry == null) {
      want(key);
    } else {
      key.running = true;
      entry.tries = key.tries;
      ready.add(entry);
    }
  }

  private void want(ParkedKey key) {
    int most = key.tries.attempts == 0 && window.drained() ? AHEAD : 1;
    for (int index = 0; index < Math.min(most, key.size()); index++) {
      if (!key.loaded.containsKey(key.offset(index))) {
        wanted.put(key.offset(index), key);
      }
    }
  }

  /**
   * Takes a record that was wanted. Where the window is full, only the first one of a key is, which
   * has to be done for there to be room again; the others are read once more when it is their turn.
   */
  void loaded(long offset, String place, ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    ParkedKey key = wanted.remove(offset);
    if (key != null && (!window.full() || key.offset(0) == offset)) {
      Entry entry = new Entry(message, decoded, new Ticket(key, offset, place));
      window.hold(entry.bytes());
      key.loaded.put(offset, entry);
      begin(key);
    }
  }

  /** Wants a record no more; returns whose it was, null if it was not wanted. */
  ParkedKey unwant(long offset) {
    return wanted.remove(offset);
  }

  /** Takes note that a change stands elsewhere. */
  void moved(ParkedKey key, long before, long offset) {
    boolean awaited = unwant(before) != null;
    forget(key, before);
    if (awaited) {
      wanted.put(offset, key);
    }
  }

  /** Lets go of one record of a key. */
  void forget(ParkedKey key, long offset) {
    unwant(offset);
    release(key.loaded.remove(offset));
  }

  /** Lets go of all records of a key, and wants none. */
  void forget(ParkedKey key) {
    wanted.values().removeIf(one -> one == key);
    key.loaded.values().forEach(this::release);
    key.loaded.clear();
  }

  /** Returns what is to be begun now, once. */
  List<Entry> takeReady() {
    List<Entry> all = new ArrayList<>(ready);
    ready.clear();
    return all;
  }

  private void release(Entry entry) {
    if (entry != null) {
      window.release(entry.bytes());
    }
  }
}
