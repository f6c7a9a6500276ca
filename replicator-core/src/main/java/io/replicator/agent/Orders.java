package io.replicator.agent;

import io.replicator.backfill.Order;
import io.replicator.reading.Throttle;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Orders are what obeys an operator for a flow.
 *
 * @param pause is told whether the flow is paused
 * @param acceptGap takes what is missing as lost
 * @param backfill is told what was ordered, and how far that has come
 * @param throttle is told how fast it may apply; empty for what is configured
 * @param node beside which the flow is captured; empty if it is beside none
 */
record Orders(
    Consumer<Boolean> pause,
    Runnable acceptGap,
    Consumer<Order> backfill,
    Consumer<Optional<Throttle.Rates>> throttle,
    Optional<String> node) {
  /** Orders of a flow that is beside no node. */
  Orders(
      Consumer<Boolean> pause,
      Runnable acceptGap,
      Consumer<Order> backfill,
      Consumer<Optional<Throttle.Rates>> throttle) {
    this(pause, acceptGap, backfill, throttle, Optional.empty());
  }

  /** Orders of a flow that is not applied here, likewise. */
  Orders(Consumer<Boolean> pause, Runnable acceptGap, Consumer<Order> backfill) {
    this(pause, acceptGap, backfill, rates -> {});
  }
}
