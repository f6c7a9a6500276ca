package io.replicator.simulation;

/** Faults are how much goes wrong in a world, as probabilities; nothing does once it is healed. */
final class Faults {
  private final double measure;
  private boolean healed;

  /**
   * @param measure 0 for a world in which nothing goes wrong, 1 for one in which much does
   */
  Faults(double measure) {
    this.measure = measure;
  }

  void heal() {
    healed = true;
  }

  /** A process dies before it says something. */
  double death() {
    return of(.004);
  }

  /** A process dies before it sends what it parks or gives up, or before it hears of it. */
  double deathSettingAside() {
    return of(.03);
  }

  /** A process dies between two steps. */
  double suddenDeath() {
    return of(.0004);
  }

  /** A broker refuses a record, or writes it and says that it did not. */
  double refusal() {
    return of(.01);
  }

  /** It refuses likewise what is parked: only then does that arrive in another order. */
  double parkingRefusal() {
    return of(.15);
  }

  /** A commit, or an acknowledgement to a source, is lost on its way. */
  double lostWord() {
    return of(.05);
  }

  /** A store fails, before or after it did what it was asked for. */
  double failure() {
    return of(.06);
  }

  /** A mirror goes back, though nothing was wrong with it. */
  double replay() {
    return of(.01);
  }

  /** A group takes a partition from one member for another. */
  double rebalance() {
    return of(.02);
  }

  /** A member of a group goes back to what is committed, as one that fetched it late does. */
  double rewind() {
    return of(.02);
  }

  /** A process is stopped as it should be, between two steps. */
  double restart() {
    return of(.0003);
  }

  /** An operator pauses a station for a while, between two steps. */
  double pause() {
    return of(.0002);
  }

  private double of(double probability) {
    return healed ? 0 : measure * probability;
  }
}
