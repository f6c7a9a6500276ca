package io.replicator.deploy.demo;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * A tally keeps count of the messages from one region to another: which were sent, and with what
 * content, and which arrived. Thread-safe.
 */
public final class Tally {
  /** What came of a message. */
  public enum Arrival {
    /** It is whole, and came for the first time. */
    WHOLE,
    /** It had come before. */
    REPEATED,
    /** Its content is not what was sent. */
    DIFFERENT
  }

  /**
   * A tally at one moment.
   *
   * @param sent messages that the source region's queues confirmed
   * @param arrived those of them that came, each counted once
   * @param repeated how often one came again
   * @param different how many came with another content, or were never sent
   */
  public record Count(long sent, long arrived, long repeated, long different) {
    /** Returns how many were sent and have not come. */
    public long missing() {
      return sent - arrived;
    }
  }

  private final Map<Integer, String> contents = new HashMap<>();
  private final BitSet confirmed = new BitSet();
  private final BitSet arrived = new BitSet();
  private long repeated;
  private long different;

  /** Remembers the content of a message that is about to be sent. */
  public synchronized void sending(int number, String content) {
    contents.put(number, content);
  }

  /** The source region's queue has confirmed the message. */
  public synchronized void sent(int number) {
    confirmed.set(number);
    forgetSettled(number);
  }

  /** A message has come. */
  public synchronized Arrival arrived(int number, String content) {
    if (arrived.get(number)) {
      repeated++;
      return Arrival.REPEATED;
    }
    if (!content.equals(contents.get(number))) {
      different++;
      return Arrival.DIFFERENT;
    }
    arrived.set(number);
    forgetSettled(number);
    return Arrival.WHOLE;
  }

  /** Returns the counts as they are now. */
  public synchronized Count count() {
    BitSet both = (BitSet) confirmed.clone();
    both.and(arrived);
    return new Count(confirmed.cardinality(), both.cardinality(), repeated, different);
  }

  /** Returns how many of the messages below a number were confirmed and have not come. */
  public synchronized long missingBelow(int number) {
    BitSet missing = (BitSet) confirmed.clone();
    missing.andNot(arrived);
    return missing.get(0, number).cardinality();
  }

  private void forgetSettled(int number) {
    if (confirmed.get(number) && arrived.get(number)) {
      contents.remove(number);
    }
  }
}
