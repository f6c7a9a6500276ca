package io.replicator.cassandra.log;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The losses of a flow are what is known to be missing until an operator takes it as lost, each in
 * words and told once. Of many the first ones and the last one are kept; the log has all.
 * Thread-safe.
 */
final class Losses {
  static final int MOST = 8;

  /** Stands for those that are not kept. */
  static final String MORE = "more is missing, which the log has";

  private final Map<String, Long> told = new LinkedHashMap<>();
  private long last;
  private long shown;

  /**
   * @param kept as {@link #kept} returned it; empty if nothing is missing
   */
  Losses(String kept) {
    kept.lines().forEach(this::add);
  }

  /** Adds one; returns false if it is there already, and shall be shown once more. */
  synchronized boolean add(String what) {
    String text = String.join(" ", what.lines().toList());
    last++;
    boolean fresh = told.remove(text) == null;
    if (told.size() == MOST) {
      List.copyOf(told.keySet()).subList(MOST - 2, MOST).forEach(told::remove);
      told.remove(MORE);
      told.put(MORE, last);
    }
    told.put(text, last);
    return fresh;
  }

  synchronized boolean isEmpty() {
    return told.isEmpty();
  }

  /** Returns them for an operator to see, who may accept these from now on. */
  synchronized String show() {
    shown = last;
    return String.join("; ", told.keySet());
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
