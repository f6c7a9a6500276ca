package io.replicator.simulation;

/** A breach is an order of commits that a road's wiring breaks on purpose. */
enum Breach {
  /** None is broken. */
  NONE(null),
  /** The source is told that a change is durable before Kafka has said so. */
  SOURCE_BEFORE_KAFKA(Fault.Kind.LOST),
  /** What stands behind a record that failed is written before that one is sent again. */
  BEHIND_A_FAILURE(Fault.Kind.OVERTAKEN),
  /** The group's offset is committed as far as was read, not as far as all is applied. */
  OFFSET_BEFORE_APPLIED(Fault.Kind.LOST),
  /** The journal is written after the offset that rests on it. */
  JOURNAL_AFTER_COMMIT(Fault.Kind.REPEATED),
  /** A change counts as done before the target has acknowledged it. */
  DONE_BEFORE_ACK(Fault.Kind.LOST),
  /** A key's next change begins before the one before has ended. */
  KEY_OVERTAKEN(Fault.Kind.OVERTAKEN),
  /** A partition is another's before what is under way of it has ended. */
  PARTITION_BEFORE_END(Fault.Kind.REPEATED),
  /** The word of a capture that fell silent is forgotten at once. */
  HOLD_FORGOTTEN(Fault.Kind.PASSED),
  /** A change counts as done before Kafka has said that it is parked. */
  DONE_BEFORE_PARKED(Fault.Kind.LOST),
  /** A change counts as done before Kafka has said that its dead letter is written. */
  DONE_BEFORE_DEAD_LETTER(Fault.Kind.LOST),
  /** What waits in parking is ended there before the target has it. */
  ENDED_BEFORE_APPLIED(Fault.Kind.LOST),
  /** What is parked does not say which time it holds back. */
  BOUND_FORGOTTEN(Fault.Kind.PASSED);

  private final Fault.Kind breaks;

  Breach(Fault.Kind breaks) {
    this.breaks = breaks;
  }

  /** Returns the promise that it breaks; null for none. */
  Fault.Kind breaks() {
    return breaks;
  }
}
