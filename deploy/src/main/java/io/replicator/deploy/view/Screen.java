package io.replicator.deploy.view;

import java.io.PrintStream;
import java.util.List;

/**
 * A screen is where a long command talks: lines that stay, and, on a terminal, a block below them
 * that is drawn anew in place. Thread-safe.
 */
public final class Screen {
  private static final String ESCAPE = "\033[";
  private static final String ERASE_BELOW = ESCAPE + "J";
  private static final String DO_NOT_WRAP = ESCAPE + "?7l";
  private static final String WRAP = ESCAPE + "?7h";

  private final PrintStream out;
  private final boolean terminal;
  private final boolean quiet;
  private List<String> block = List.of();

  /**
   * @param terminal whether the output understands cursor movements
   * @param quiet whether to leave all but the essential lines out
   */
  public Screen(PrintStream out, boolean terminal, boolean quiet) {
    this.out = out;
    this.terminal = terminal;
    this.quiet = quiet;
  }

  /** Tells whether blocks are drawn. */
  public boolean drawsBlocks() {
    return terminal && !quiet;
  }

  /** Prints lines that matter even to who wants quiet. */
  public synchronized void say(String... lines) {
    StringBuilder text = new StringBuilder(erased());
    for (String line : lines) {
      text.append(line).append('\n');
    }
    print(text);
  }

  /** Prints a line, unless quiet. */
  public synchronized void note(String line) {
    if (!quiet) {
      say(line);
    }
  }

  /** Draws a block in place of the last one; nothing on what is no terminal. */
  public synchronized void draw(List<String> lines) {
    if (drawsBlocks()) {
      StringBuilder text = new StringBuilder(erased());
      block = List.copyOf(lines);
      print(text);
    }
  }

  /** Takes the block away. */
  public synchronized void clear() {
    draw(List.of());
  }

  private void print(StringBuilder text) {
    if (!block.isEmpty()) {
      // A wrapped line would spoil the count of lines to go up again.
      text.append(DO_NOT_WRAP);
      block.forEach(line -> text.append(line).append('\n'));
      text.append(WRAP);
    }
    out.print(text);
    out.flush();
  }

  private String erased() {
    return block.isEmpty() ? "" : ESCAPE + block.size() + "A\r" + ERASE_BELOW;
  }
}
