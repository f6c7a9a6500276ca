package io.replicator.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * A life is that of one process: when it is over, all that it held in memory is gone, and whether
 * what it had asked of others is carried out is for them to say.
 */
final class Life {
  /** Says, to whoever still runs in it, that a life is over. */
  static final class Over extends Error {
    private static final long serialVersionUID = 1L;

    Over(String name) {
      super(name + " is over", null, false, false);
    }
  }

  private final String name;
  private final Clockwork clockwork;
  private final Faults faults;
  private final List<Runnable> ends = new ArrayList<>();
  private boolean over;

  Life(String name, Clockwork clockwork, Faults faults) {
    this.name = name;
    this.clockwork = clockwork;
    this.faults = faults;
  }

  /** Has somebody told when this life is over. */
  void whenOver(Runnable told) {
    ends.add(told);
  }

  /** Is called wherever a process speaks to others: there, too, it may die. */
  void speaks() {
    if (!over && clockwork.chance(faults.death())) {
      end();
    }
    if (over) {
      throw new Over(name);
    }
  }

  void end() {
    if (!over) {
      over = true;
      clockwork.say(() -> name + " dies");
      ends.forEach(Runnable::run);
    }
  }

  boolean isOver() {
    return over;
  }

  @Override
  public String toString() {
    return name;
  }
}
