package io.replicator.deploy.view;

import java.util.List;

/**
 * A trouble is what is wrong with one flow, mirror or agent; or that nothing is, which is said of
 * those that can be asked.
 *
 * @param subject whose it is
 * @param state of which kind it is: the same for the same trouble with other figures
 * @param text what is wrong, in one line
 * @param hint what mends it; empty if nothing is to be done
 */
record Trouble(String subject, String state, String text, String hint) {
  private static final String WELL = "RUNNING";

  /**
   * Says that nothing is wrong.
   *
   * @param text to tell whoever was told of a trouble
   */
  static Trouble none(String subject, String text) {
    return new Trouble(subject, WELL, text, "");
  }

  boolean isNone() {
    return state.equals(WELL);
  }

  /** Tells whether it passes by itself in a moment, as each start does. */
  boolean isPassing() {
    return state.startsWith("STARTING");
  }

  /** Returns the lines to print. */
  List<String> lines() {
    return hint.isEmpty() ? List.of(text) : List.of(text, "  what mends it: " + hint);
  }
}
