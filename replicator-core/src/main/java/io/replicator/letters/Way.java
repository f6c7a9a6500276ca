package io.replicator.letters;

/** The way of one letter back to its flow, or why there is none. */
public sealed interface Way {
  /** Returns the letter. */
  Letter letter();

  /**
   * It can be replayed.
   *
   * @param topic the flow's parking topic
   * @param partition of that topic, the one of the change's key
   */
  record Open(Letter letter, String topic, int partition) implements Way {}

  /**
   * It cannot.
   *
   * @param mend what an operator can do instead
   */
  record Shut(Letter letter, String reason, String mend) implements Way {}
}
