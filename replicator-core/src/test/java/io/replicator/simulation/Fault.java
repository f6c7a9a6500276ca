package io.replicator.simulation;

/** A fault is a promise that was broken: which, and how it shows. */
record Fault(Kind kind, String what) {
  /** The promises. */
  enum Kind {
    /** What a source took is in its target. */
    LOST,
    /** Changes of a key are applied in their order. */
    OVERTAKEN,
    /** Nothing is applied again that was remembered, and no more than may have been under way. */
    REPEATED,
    /** Replicated-up-to has passed nothing that is not applied. */
    PASSED,
    /** The figures add up. */
    MISRECKONED,
    /** All regions hold the same. */
    DIFFERENT,
    /** Once nothing goes wrong any more nobody says that something is the matter. */
    ALARMED
  }
}
