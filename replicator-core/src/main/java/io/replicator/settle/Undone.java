package io.replicator.settle;

import io.replicator.reading.Window;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What of an input is not done, in the order in which it was read, and the heartbeats that it keeps
 * from passing: behind each entry the last one of each capture. What is done takes no room, however
 * long something before it waits, so the window bounds all that is here. Guarded by the owner.
 */
final class Undone {
  /** A heartbeat, and where it stands. */
  record Beat(Heartbeat heartbeat, long offset) {
    String capture() {
      return Stamp.capture(heartbeat.last().incarnation());
    }
  }

  private final Window window;
  private final NavigableMap<Long, Entry> entries = new TreeMap<>();

  /** By the number of the entry that they stand behind. */
  private final Map<Long, Map<String, Beat>> beats = new TreeMap<>();

  private long count;

  /** The number of the last that cannot be read again. */
  private long unreadable;

  Undone(Window window) {
    this.window = window;
  }

  /**
   * Adds what was read last. Numbers give the order: a topic that is created anew has offsets
   * again.
   */
  void add(Entry entry) {
    window.hold(entry.bytes());
    entry.number = ++count;
    entries.put(entry.number, entry);
  }

  /** Takes a heartbeat that was read last; returns it if all before it is done. */
  List<Beat> heard(Beat beat) {
    if (entries.isEmpty()) {
      return List.of(beat);
    }
    keep(entries.lastKey(), List.of(beat));
    return List.of();
  }

  /** Takes out what is done; returns the heartbeats before which by now all is, in their order. */
  List<Beat> done(Entry entry) {
    if (entries.remove(entry.number) == null) {
      return List.of(); // all was let go of
    }
    window.release(entry.bytes());
    Map<String, Beat> behind = beats.remove(entry.number);
    if (behind == null) {
      return List.of();
    }
    Long before = entries.lowerKey(entry.number);
    if (before == null) {
      return List.copyOf(behind.values());
    }
    keep(before, behind.values());
    return List.of();
  }

  /** Of two heartbeats of a capture with nothing undone between them the later one says all. */
  private void keep(long number, Collection<Beat> later) {
    Map<String, Beat> behind = beats.computeIfAbsent(number, it -> new LinkedHashMap<>());
    for (Beat beat : later) {
      behind.remove(beat.capture());
      behind.put(beat.capture(), beat);
    }
  }

  /** Takes note that nothing of what is here can be read again. */
  void readAnew() {
    unreadable = count;
  }

  /** Returns the first that can be read again; empty if all of these are done. */
  Optional<Entry> first() {
    return Optional.ofNullable(entries.higherEntry(unreadable)).map(Map.Entry::getValue);
  }

  int size() {
    return entries.size();
  }

  /** Returns how many heartbeats wait. */
  int beats() {
    return beats.values().stream().mapToInt(Map::size).sum();
  }

  /** Lets go of all, and returns it. */
  List<Entry> clear() {
    List<Entry> left = List.copyOf(entries.values());
    left.forEach(entry -> window.release(entry.bytes()));
    entries.clear();
    beats.clear();
    return left;
  }
}
