package io.replicator.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** A trace is what happened last in a world, line by line, if anybody wants to know. */
final class Trace {
  private static final int MOST = 200_000;

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

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
