package io.replicator.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A trace is what happened last in a world, line by line, if anybody wants to know. */
final class Trace {
  private static final int MOST = 200_000;
  private static final int TAIL = 300;

  private final boolean wanted;
  private final Deque<String> lines = new ArrayDeque<>();

  Trace(boolean wanted) {
    this.wanted = wanted;
  }

  void say(Clockwork clockwork, Supplier<String> what) {
    if (!wanted) {
      return;
    }
    lines.add(String.format("%12.6f  %s", clockwork.nanos() / 1e9, what.get()));
    if (lines.size() > MOST) {
      lines.remove();
    }
  }

  /** Returns the last lines. */
  String tail() {
    return lines.stream().skip(Math.max(0, lines.size() - TAIL)).collect(Collectors.joining("\n"));
  }

  /** Returns all lines that are kept. */
  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
