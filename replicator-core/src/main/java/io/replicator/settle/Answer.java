package io.replicator.settle;

/** An answer is what the bucket has said to an attempt, as it should. */
enum Answer {
  /** Nothing: it was not asked, or a failure was all that came. */
  NONE,
  /** Something; it may take no writes all the same. */
  SOME,
  /** It has taken content. */
  WRITTEN
}
