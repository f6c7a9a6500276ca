package io.replicator.model;

import java.time.Duration;

/**
 * What becomes of a change that keeps failing for a reason of its own. What is wrong with the
 * target as a whole is never blamed on a change and does not count.
 */
public sealed interface OnFailure {
  /** What a resource does that says nothing else. */
  OnFailure DEFAULT = new Retry(Duration.ofMinutes(1));

  /**
   * Tells whether a change has had all that it is granted.
   *
   * @param tries how often it failed
   * @param failing since it first failed
   */
  boolean isSpent(int tries, Duration failing);

  /**
   * It is tried again without end; its key's changes wait in parking while others pass.
   *
   * @param parkAfter how long it fails before they move there
   */
  record Retry(Duration parkAfter) implements OnFailure {
    @Override
    public boolean isSpent(int tries, Duration failing) {
      return false;
    }
  }

  /**
   * It becomes a dead letter.
   *
   * @param tries how often it is tried at most
   * @param after how long it is tried at most, however often that is
   */
  record DeadLetter(int tries, Duration after) implements OnFailure {
    @Override
    public boolean isSpent(int tried, Duration failing) {
      return tried >= tries || failing.compareTo(after) >= 0;
    }
  }

  /**
   * It is passed over and counted: for data whose loss is harmless.
   *
   * @param tries how often it is tried at most
   * @param after how long it is tried at most, however often that is
   */
  record Skip(int tries, Duration after) implements OnFailure {
    @Override
    public boolean isSpent(int tried, Duration failing) {
      return tried >= tries || failing.compareTo(after) >= 0;
    }
  }
}
