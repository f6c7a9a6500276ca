package io.replicator.lag;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Progress is replicated-up-to of one partition: the time T before which every change that the
 * source delivered is applied, worked out from the heartbeats that came down the same road.
 *
 * <p>Several captures may feed one partition; T is the earliest of those that live. One that ended
 * cleanly said so. One that fell silent keeps its say until the others have spoken for its own hold
 * time: for so long changes that it had read may be in nobody's hands. How long they have spoken is
 * {@link Spoken}'s affair, since the clock of any of them may be set. Not thread-safe.
 */
public final class Progress {
  /** A capture may miss this many heartbeats before it counts as silent. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * A word is what one capture said last.
   *
   * @param upTo its own T
   * @param until when it counts no longer, by the clock of whoever said it
   * @param left how long others have to speak until it counts no longer; empty if it was remembered
   *     by an agent that went by {@code until}
   */
  public record Word(Instant upTo, Instant until, Optional<Duration> left) {}

  private final Map<String, Word> words = new HashMap<>(); // left: by the time spoken
  private final Spoken spoken = new Spoken();
  private Optional<Instant> upTo;

  /**
   * @param upTo what is known from before a restart
   * @param words likewise, by capture
   */
  public Progress(Optional<Instant> upTo, Map<String, Word> words) {
    this.upTo = upTo;
    this.words.putAll(words);
  }

  /** Returns the last word of each capture that counts. */
  public Map<String, Word> words() {
    Map<String, Word> now = new HashMap<>();
    words.forEach(
        (capture, word) ->
            now.put(
                capture,
                new Word(
                    word.upTo(), word.until(), word.left().map(it -> it.minus(spoken.passed())))));
    return now;
  }

  /**
   * Takes a heartbeat before which everything in the partition is applied.
   *
   * @param capture which capture sent it, whatever its incarnation
   * @param sent when, by the sender's clock
   * @param captureUpTo its own T
   * @param hold how long its word counts after it falls silent
   * @param closing whether it is its last
   */
  public void heard(
      String capture, Instant sent, Optional<Instant> captureUpTo, Duration hold, boolean closing) {
    spoken.heard(capture, sent);
    Duration kept = hold.plus(PATIENCE);
    captureUpTo.ifPresent(
        time ->
            words.put(
                capture, new Word(time, sent.plus(kept), Optional.of(spoken.passed().plus(kept)))));
    if (closing) {
      words.remove(capture);
    }
    words.values().removeIf(word -> isOver(word, sent));
    words.values().stream().map(Word::upTo).min(Instant::compareTo).ifPresent(this::advance);
    if (closing && words.isEmpty()) {
      captureUpTo.ifPresent(this::advance);
    }
  }

  private boolean isOver(Word word, Instant sent) {
    return word.left()
        .map(left -> left.compareTo(spoken.passed()) < 0)
        .orElseGet(() -> word.until().isBefore(sent));
  }

  /** Returns T; empty until a heartbeat has told it. */
  public Optional<Instant> upTo() {
    return upTo;
  }

  private void advance(Instant time) {
    upTo = Optional.of(time);
  }
}
