package io.replicator.apply;

import java.time.Duration;

/** An apply station without its thread: whoever owns it takes the turns. */
public final class SteppedApply {
  private final Apply apply;

  public SteppedApply(Apply apply) {
    this.apply = apply;
  }

  /** Takes a turn; returns how long to rest before the next. */
  public Duration turn() {
    return apply.turn();
  }

  /** Gives all back and leaves, once nothing is under way. */
  public void leave() {
    apply.giveUp();
    apply.leave();
  }

  public Apply apply() {
    return apply;
  }
}
