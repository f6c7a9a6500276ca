package io.replicator.simulation;

import io.replicator.model.Flow;
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

  private final Flow flow;
  private final String process;
  private final int number;
  private final Clockwork clockwork;
  private final Faults faults;
  private final List<Runnable> ends = new ArrayList<>();
  private boolean over;

  /**
   * @param number of this life among those of the process
   */
  Life(Flow flow, String process, int number, Clockwork clockwork, Faults faults) {
    this.flow = flow;
    this.process = process;
    this.number = number;
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
    goesOn();
  }

  /**
   * Is called wherever a process parks a change, brings one back or gives it up: it dies there more
   * often.
   */
  void setsAside() {
    if (!over && clockwork.chance(faults.deathSettingAside())) {
      end();
    }
    goesOn();
  }

  /** Lets nothing go on that belongs to a life that is over. */
  void goesOn() {
    if (over) {
      throw new Over(toString());
    }
  }

  void end() {
    if (!over) {
      over = true;
      clockwork.say(() -> this + " ends");
      ends.forEach(Runnable::run);
    }
  }

  String process() {
    return process;
  }

  int number() {
    return number;
  }

  boolean isOver() {
    return over;
  }

  @Override
  public String toString() {
    return flow + " " + process + "." + number;
  }
}
