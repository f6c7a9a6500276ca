package io.replicator.agent;

import io.replicator.backfill.Order;
import java.util.function.Consumer;

/**
 * Orders are what obeys an operator for a flow.
 *
 * @param pause is told whether the flow is paused
 * @param acceptGap takes what is missing as lost
 * @param backfill is told what was ordered, and how far that has come
 */
record Orders(Consumer<Boolean> pause, Runnable acceptGap, Consumer<Order> backfill) {}
