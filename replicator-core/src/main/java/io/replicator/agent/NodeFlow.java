package io.replicator.agent;

import io.replicator.backfill.Backfill;
import io.replicator.backfill.Order;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import io.replicator.spi.StoreResource.Door;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The capturing end of a flow beside one of its store's nodes, as its bean sees it. A backfill is
 * carried out by the capture that was given the order, and gone on with after its restart.
 */
record NodeFlow(
    CaptureFlow end, String node, Door.NodeLog door, Controls controls, Backfill backfills)
    implements FlowBean.Station {
  @Override
  public String role() {
    return end.role();
  }

  @Override
  public int partitions() {
    return end.partitions();
  }

  @Override
  public int topicPartitions() {
    return end.topicPartitions();
  }

  @Override
  public Optional<Instant> upTo() {
    return end.upTo();
  }

  @Override
  public OptionalLong pending() {
    return end.pending();
  }

  @Override
  public Optional<Duration> timeToLoss(Duration lag) {
    return end.timeToLoss(lag);
  }

  @Override
  public long passedOver() {
    return end.capture().passedOver();
  }

  @Override
  public long setAside() {
    return end.capture().setAside();
  }

  @Override
  public void pause(boolean paused) {
    end.pause(paused);
  }

  @Override
  public void acceptGap() {
    end.acceptGap();
  }

  @Override
  public String backfill() {
    return backfills.status();
  }

  /** Every row is sent as one to be written in any case: a repair is nothing else here. */
  @Override
  public String backfill(String part, boolean repair, int rate) {
    HintFlow.checkRate(rate);
    Flow flow = end.flow();
    door.refusal(part)
        .ifPresent(
            why -> {
              throw new IllegalStateException(flow + ": " + why);
            });
    Order order =
        backfills.admitted(Order.of(UUID.randomUUID().toString(), part, repair, rate, node));
    controls.backfill(flow, order);
    return flow + ": " + order.begun();
  }

  /** Ends it wherever it runs: the order is the region's. */
  @Override
  public void stopBackfill() {
    backfills.stopped().ifPresent(order -> controls.backfill(end.flow(), order));
  }
}
