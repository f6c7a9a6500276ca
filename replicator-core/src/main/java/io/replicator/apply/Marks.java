package io.replicator.apply;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Marks are what a reader has had of each producer incarnation in one partition: how far it has
 * seen the numbers, which of them are done, and which never came.
 *
 * <p>Everything up to a high-water mark is done but for the missing ones, so that memory stays
 * small however long the topic is. Not thread-safe.
 */
final class Marks {
  /**
   * The durable form of one incarnation's mark.
   *
   * @param name the incarnation
   * @param upTo all numbers to here are done or missing
   * @param missing first and last numbers of the holes, one pair after the other
   * @param heardMillis when it was last heard of, since 1970
   */
  record Mark(
      @JsonProperty("name") String name,
      @JsonProperty("upTo") long upTo,
      @JsonProperty("missing") List<Long> missing,
      @JsonProperty("heardMillis") long heardMillis) {}

  private static final class Life {
    long seen;
    long upTo;
    boolean admitted; // its first number was judged
    Instant heard;
    final TreeSet<Long> ahead = new TreeSet<>();
    final TreeMap<Long, Long> missing = new TreeMap<>();

    void advance() {
      while (true) {
        Map.Entry<Long, Long> hole = missing.floorEntry(upTo + 1);
        if (hole != null && hole.getValue() > upTo) {
          upTo = hole.getValue();
        } else if (!ahead.isEmpty() && ahead.first() <= upTo + 1) {
          upTo = Math.max(upTo, ahead.pollFirst());
        } else {
          return;
        }
      }
    }

    boolean isMissing(long sequence) {
      Map.Entry<Long, Long> hole = missing.floorEntry(sequence);
      return hole != null && hole.getValue() >= sequence;
    }
  }

  private final Map<String, Life> lives = new HashMap<>();
  private final Instant born;

  /**
   * @param born incarnations that began before this time may have begun before this reader's first
   *     record: their first number is taken as it comes
   */
  Marks(Instant born) {
    this.born = born;
  }

  /** Takes note that a change was read. */
  void seen(Stamp stamp, Instant now) {
    Life life = admit(stamp.incarnation(), stamp.sequence() - 1, now);
    expect(life, stamp.sequence() - 1);
    life.seen = Math.max(life.seen, stamp.sequence());
  }

  /** Takes note of a heartbeat's word that a number was the last one: it must have been seen. */
  void last(Stamp last, Instant now) {
    expect(admit(last.incarnation(), last.sequence(), now), last.sequence());
  }

  private Life admit(String incarnation, long before, Instant now) {
    Life life = life(incarnation);
    life.heard = now;
    if (!life.admitted && Stamp.begin(incarnation).isBefore(born)) {
      life.seen = Math.max(life.seen, before);
      life.upTo = Math.max(life.upTo, before);
      life.advance();
    }
    life.admitted = true;
    return life;
  }

  private static void expect(Life life, long seen) {
    life.seen = Math.max(life.seen, life.upTo);
    if (seen > life.seen) {
      long from = life.seen + 1;
      // What the journal knows as done is no hole, though it was not read again.
      for (long done : life.ahead.subSet(from, true, seen, true)) {
        if (from < done) {
          life.missing.put(from, done - 1);
        }
        from = done + 1;
      }
      if (from <= seen) {
        life.missing.put(from, seen);
      }
      life.seen = seen;
      life.advance();
    }
  }

  /** Tells whether a change was applied or set aside before. */
  boolean isDone(Stamp stamp) {
    Life life = lives.get(stamp.incarnation());
    return life != null
        && (stamp.sequence() <= life.upTo
            ? !life.isMissing(stamp.sequence())
            : life.ahead.contains(stamp.sequence()));
  }

  /** Takes note that a change is applied or set aside. */
  void done(Stamp stamp) {
    Life life = life(stamp.incarnation());
    long sequence = stamp.sequence();
    if (life.isMissing(sequence)) {
      Map.Entry<Long, Long> hole = life.missing.floorEntry(sequence);
      life.missing.remove(hole.getKey());
      if (hole.getKey() < sequence) {
        life.missing.put(hole.getKey(), sequence - 1);
      }
      if (sequence < hole.getValue()) {
        life.missing.put(sequence + 1, hole.getValue());
      }
    }
    if (sequence > life.upTo) {
      life.ahead.add(sequence);
      life.advance();
    }
  }

  /** Returns how many changes of an incarnation are done. */
  long doneCount(String incarnation) {
    Life life = lives.get(incarnation);
    return life == null ? 0 : life.upTo + life.ahead.size();
  }

  /** Returns how many numbers never came. */
  long missingCount() {
    long count = 0;
    for (Life life : lives.values()) {
      for (Map.Entry<Long, Long> hole : life.missing.entrySet()) {
        count += hole.getValue() - hole.getKey() + 1;
      }
    }
    return count;
  }

  /** Gives up on what never came. */
  void forgetMissing() {
    lives.values().forEach(life -> life.missing.clear());
  }

  /** Forgets incarnations last heard of before a time. */
  void forgetBefore(Instant time) {
    lives.values().removeIf(life -> life.heard.isBefore(time));
  }

  List<Mark> toList() {
    List<Mark> marks = new ArrayList<>();
    lives.forEach(
        (name, life) -> {
          List<Long> missing = new ArrayList<>();
          life.missing.forEach(
              (from, to) -> {
                missing.add(from);
                missing.add(to);
              });
          marks.add(new Mark(name, life.upTo, missing, life.heard.toEpochMilli()));
        });
    return marks;
  }

  void restore(List<Mark> marks) {
    for (Mark mark : marks) {
      Life life = life(mark.name());
      life.admitted = true;
      life.upTo = mark.upTo();
      life.seen = mark.upTo();
      life.heard = Instant.ofEpochMilli(mark.heardMillis());
      for (int i = 0; i + 1 < mark.missing().size(); i += 2) {
        life.missing.put(mark.missing().get(i), mark.missing().get(i + 1));
        life.seen = Math.max(life.seen, mark.missing().get(i + 1));
      }
    }
  }

  private Life life(String incarnation) {
    return lives.computeIfAbsent(
        incarnation,
        name -> {
          Life life = new Life();
          life.heard = Stamp.begin(name);
          return life;
        });
  }
}
