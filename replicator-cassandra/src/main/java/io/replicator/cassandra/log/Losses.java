package io.replicator.cassandra.log;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The losses of a flow are what is known to be missing until an operator takes it as lost, each in
 * words and told once, however far it is found to reach. Of many the first ones and the last one
 * are kept; the log has all. Thread-safe.
 */
final class Losses {
  static final int MOST = 8;

  /** Stands for those that are not kept. */
  static final String MORE = "more is missing, which the log has";

  private final Map<String, Long> told = new LinkedHashMap<>();
  private long last;
  private String present = "";
  private long presentLast;
  private long shown;

  /**
   * @param kept as {@link #kept} returned it; empty if nothing is missing
   */
  Losses(String kept) {
    kept.lines().forEach(this::add);
  }

  /**
   * Adds one, or widens the one that begins alike, if it ends earlier: that is a new one, which was
   * not shown yet, in the place of the other.
   *
   * @param head its words up to its end
   * @param tail those behind its end
   * @return as {@link #add}
   */
  synchronized Optional<String> widen(String head, Instant end, String tail) {
    for (String text : List.copyOf(told.keySet())) {
      Optional<Instant> before = end(text, head, tail);
      if (before.isPresent() && !end.isAfter(before.get())) {
        return add(text);
      }
      before.ifPresent(earlier -> told.remove(text));
    }
    return add(head + end + tail);
  }

  /** Returns the end of what begins and goes on with the same words; empty if it does not. */
  private static Optional<Instant> end(String text, String head, String tail) {
    boolean isAlike =
        text.startsWith(head)
            && text.endsWith(tail)
            && text.length() > head.length() + tail.length();
    try {
      return isAlike
          ? Optional.of(Instant.parse(text.substring(head.length(), text.length() - tail.length())))
          : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty(); // it is another one, of which the words are a part
    }
  }

  /**
   * Adds one. One that is there already is the same, whether it was shown or not: what repeats
   * itself could never be accepted.
   *
   * @return it, as it is told; empty if it is there already
   */
  synchronized Optional<String> add(String what) {
    String text = String.join(" ", what.lines().toList());
    if (told.containsKey(text)) {
      return Optional.empty();
    }
    last++;
    if (told.size() == MOST) {
      List.copyOf(told.keySet()).subList(MOST - 2, MOST).forEach(told::remove);
      told.remove(MORE);
      told.put(MORE, last);
    }
    told.put(text, last);
    return Optional.of(text);
  }

  synchronized boolean isEmpty() {
    return told.isEmpty();
  }

  /** Returns them as an operator may be shown them; nobody has seen them yet. */
  synchronized String present() {
    present = String.join("; ", told.keySet());
    presentLast = last;
    return present;
  }

  /**
   * Takes note of what an operator was shown: who saw what {@link #present} returned last may
   * accept that.
   */
  synchronized void shown(String text) {
    if (text.equals(present)) {
      shown = presentLast;
    }
  }

  /** Takes as lost what was shown, and returns it: not what was met since. */
  synchronized List<String> accept() {
    List<String> accepted =
        told.entrySet().stream()
            .filter(loss -> loss.getValue() <= shown)
            .map(Map.Entry::getKey)
            .toList();
    accepted.forEach(told::remove);
    return accepted;
  }

  /** Returns them in the form in which they are kept, one a line. */
  synchronized String kept() {
    return String.join("\n", told.keySet());
  }
}
