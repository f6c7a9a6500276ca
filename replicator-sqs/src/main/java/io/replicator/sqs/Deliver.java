package io.replicator.sqs;

/** Where a message of the source is delivered: the values of the key {@code deliver}. */
enum Deliver {
  /** In the other regions: the source is a copy, and what was sent is here already. */
  ELSEWHERE,
  /** In every region, this one included: the source is what services send to. */
  EVERYWHERE
}
