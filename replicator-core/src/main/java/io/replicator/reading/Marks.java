package io.replicator.reading;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Marks are what a reader has had of each producer incarnation in one partition: how far it has
 * seen the numbers, which of them are done, and which never came.
 *
 * <p>Everything up to a high-water mark is done but for the missing ones, so that memory stays
 * small however long the topic is. Not thread-safe.
 */
public final class Marks {
  /**
   * The durable form of one incarnation's mark.
   *
   * @param name the incarnation
   * @param upTo all numbers to here are done or missing
   * @param missing first and last numbers of the holes, one pair after the other
   * @param ahead likewise of what is done beyond; null in the older form
   * @param heardMillis when it was last heard of, since 1970
   */
  public record Mark(
      @JsonProperty("name") String name,
      @JsonProperty("upTo") long upTo,
      @JsonProperty("missing") List<Long> missing,
      @JsonProperty("ahead") List<Long> ahead,
      @JsonProperty("heardMillis") long heardMillis) {
    /** Tells whether these are numbers that a producer can have given. */
    boolean isPossible() {
      return upTo >= 0 && upTo <= Stamp.MOST && arePairs(missing) && arePairs(ahead);
    }

    private static boolean arePairs(List<Long> numbers) {
      if (numbers == null) {
        return true;
      }
      long before = 0;
      for (Long number : numbers) {
        if (number == null || number < before || number > Stamp.MOST) {
          return false;
        }
        before = number;
      }
      return numbers.size() % 2 == 0;
    }
  }

  private static final class Life {
    long seen;
    long upTo;
    boolean admitted; // its first number was judged
    boolean spoke; // since this reader began to read, so all before that was read again, or is done
    Instant heard;
    Runs ahead = new Runs();
    Runs missing = new Runs();

    /**
     * Takes note that a number was read. If it was missing, it is to be done like any other from
     * now on: the mark goes back before it, and nobody gives up on it any more.
     *
     * @return whether it was missing
     */
    boolean read(long number) {
      seen = Math.max(seen, number);
      if (!missing.contains(number)) {
        return false;
      }
      missing.remove(number);
      if (number <= upTo) {
        ahead.addAll(missing.gaps(number + 1, upTo));
        upTo = number - 1;
      }
      return true;
    }

    void advance() {
      while (true) {
        OptionalLong end = missing.endOfRunAt(upTo + 1);
        if (end.isEmpty()) {
          end = ahead.endOfRunAt(upTo + 1);
        }
        if (end.isEmpty()) {
          ahead.removeUpTo(upTo);
          return;
        }
        upTo = end.getAsLong();
      }
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

  /** Takes note that a change was read; tells whether it was missing. */
  boolean seen(Stamp stamp, Instant now) {
    Life life = admit(stamp.incarnation(), stamp.sequence() - 1, now);
    expect(life, stamp.sequence() - 1);
    return life.read(stamp.sequence());
  }

  /** Takes note of a heartbeat's word that a number was the last one: it must have been seen. */
  void last(Stamp last, Instant now) {
    expect(admit(last.incarnation(), last.sequence(), now), last.sequence());
  }

  /**
   * Takes note of what an incarnation had written before another one wrote its first record: once
   * the other was read here, that must have been seen. Nothing is expected of an incarnation of
   * which this reader need not have read a record.
   *
   * @param last the number of its last change
   * @param successor the other one
   * @return whether something is missing of which that was not known
   */
  boolean ended(String incarnation, long last, String successor, Instant now) {
    Life next = lives.get(successor);
    if (next == null || !next.spoke || last == 0) {
      return false;
    }
    Life life = lives.get(incarnation);
    if ((life == null || !life.admitted) && Stamp.begin(incarnation).isBefore(born)) {
      return false;
    }
    if (life == null) {
      life = life(incarnation);
      life.heard = now;
    }
    long before = life.missing.count();
    expect(life, last);
    return life.missing.count() > before;
  }

  private Life admit(String incarnation, long before, Instant now) {
    Life life = life(incarnation);
    life.heard = now;
    life.spoke = true;
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
      // What the journal knows as done is no hole, though it was not read again.
      life.missing.addAll(life.ahead.gaps(life.seen + 1, seen));
      life.seen = seen;
      life.advance();
    }
  }

  /** Tells whether a change was applied or set aside before. */
  boolean isDone(Stamp stamp) {
    Life life = lives.get(stamp.incarnation());
    return life != null
        && (stamp.sequence() <= life.upTo
            ? !life.missing.contains(stamp.sequence())
            : life.ahead.contains(stamp.sequence()));
  }

  /** Takes note that a change is applied or set aside. */
  void done(Stamp stamp) {
    Life life = life(stamp.incarnation());
    long sequence = stamp.sequence();
    life.missing.remove(sequence);
    if (sequence > life.upTo) {
      life.ahead.add(sequence, sequence);
      life.advance();
    }
  }

  /** Returns how many changes of an incarnation are done, or missing: nobody waits for these. */
  long doneCount(String incarnation) {
    Life life = lives.get(incarnation);
    return life == null ? 0 : life.upTo + life.ahead.count() + life.missing.countBeyond(life.upTo);
  }

  /** Returns how many numbers never came. */
  long missingCount() {
    return lives.values().stream().mapToLong(life -> life.missing.count()).sum();
  }

  /** Gives up on what never came: from now on it counts as done. */
  void forgetMissing() {
    for (Life life : lives.values()) {
      life.ahead.addAll(life.missing);
      life.missing.clear();
      life.advance();
    }
  }

  /** Forgets incarnations last heard of before a time, but for those that miss something. */
  void forgetBefore(Instant time) {
    lives.values().removeIf(life -> life.heard.isBefore(time) && life.missing.count() == 0);
  }

  List<Mark> toList() {
    List<Mark> marks = new ArrayList<>();
    lives.forEach(
        (name, life) ->
            marks.add(
                new Mark(
                    name,
                    life.upTo,
                    life.missing.toList(),
                    life.ahead.toList(),
                    life.heard.toEpochMilli())));
    return marks;
  }

  void restore(List<Mark> marks) {
    for (Mark mark : marks) {
      Life life = life(mark.name());
      life.admitted = true;
      life.upTo = mark.upTo();
      life.heard = Instant.ofEpochMilli(mark.heardMillis());
      life.missing = Runs.of(mark.missing());
      life.ahead = Runs.of(mark.ahead());
      // What is done beyond says nothing of what lies before it and is to be read again.
      life.seen = Math.max(life.upTo, life.missing.last().orElse(0));
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
