package io.replicator.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Runs are numbers, kept as the first and last of each unbroken run, so that a million in a row
 * take no more room than one. Not thread-safe.
 */
final class Runs {
  private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

  /** Returns the runs that {@link #toList} wrote; none for null, which an older form has. */
  static Runs of(List<Long> pairs) {
    Runs runs = new Runs();
    for (int i = 0; pairs != null && i + 1 < pairs.size(); i += 2) {
      runs.add(pairs.get(i), pairs.get(i + 1));
    }
    return runs;
  }

  /** Adds all numbers from the first to the last. */
  void add(long first, long last) {
    long from = first;
    long to = last;
    Map.Entry<Long, Long> run = lastByFirst.floorEntry(last + 1);
    while (run != null && run.getValue() >= from - 1) {
      from = Math.min(from, run.getKey());
      to = Math.max(to, run.getValue());
      lastByFirst.remove(run.getKey());
      run = lastByFirst.floorEntry(to);
    }
    lastByFirst.put(from, to);
  }

  void remove(long number) {
    Map.Entry<Long, Long> run = lastByFirst.floorEntry(number);
    if (run == null || run.getValue() < number) {
      return;
    }
    lastByFirst.remove(run.getKey());
    if (run.getKey() < number) {
      lastByFirst.put(run.getKey(), number - 1);
    }
    if (number < run.getValue()) {
      lastByFirst.put(number + 1, run.getValue());
    }
  }

  /** Takes the numbers to here out. */
  void removeUpTo(long last) {
    OptionalLong end = endOfRunAt(last);
    lastByFirst.headMap(last, true).clear();
    if (end.isPresent() && end.getAsLong() > last) {
      lastByFirst.put(last + 1, end.getAsLong());
    }
  }

  boolean contains(long number) {
    return endOfRunAt(number).isPresent();
  }

  /** Returns the last number of the run that a number is in; empty if it is in none. */
  OptionalLong endOfRunAt(long number) {
    Map.Entry<Long, Long> run = lastByFirst.floorEntry(number);
    return run == null || run.getValue() < number
        ? OptionalLong.empty()
        : OptionalLong.of(run.getValue());
  }

  /** Returns the numbers from the first to the last that are not in these. */
  Runs gaps(long first, long last) {
    Runs gaps = new Runs();
    long from = endOfRunAt(first).orElse(first - 1) + 1;
    if (from > last) {
      return gaps;
    }
    for (Map.Entry<Long, Long> run : lastByFirst.subMap(from, true, last, true).entrySet()) {
      if (from < run.getKey()) {
        gaps.add(from, run.getKey() - 1);
      }
      from = run.getValue() + 1;
    }
    if (from <= last) {
      gaps.add(from, last);
    }
    return gaps;
  }

  void addAll(Runs others) {
    others.lastByFirst.forEach(this::add);
  }

  void clear() {
    lastByFirst.clear();
  }

  /** Returns how many numbers these are. */
  long count() {
    return countBeyond(-1);
  }

  /** Returns how many numbers these are beyond one that is in none of them, or ends one. */
  long countBeyond(long number) {
    long count = 0;
    for (Map.Entry<Long, Long> run : lastByFirst.tailMap(number, false).entrySet()) {
      count += run.getValue() - run.getKey() + 1;
    }
    return count;
  }

  /** Returns the greatest number; empty if there is none. */
  OptionalLong last() {
    return lastByFirst.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(lastByFirst.lastEntry().getValue());
  }

  /** Returns first and last numbers, one pair after the other. */
  List<Long> toList() {
    List<Long> pairs = new ArrayList<>();
    lastByFirst.forEach(
        (first, last) -> {
          pairs.add(first);
          pairs.add(last);
        });
    return pairs;
  }
}
