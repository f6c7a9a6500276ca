package io.replicator.jmx;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.reading.Throttle;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;

/** A flow's bean: reads figures, conditions and the station as they are when it is asked. */
public final class FlowBean extends NotificationBroadcasterSupport implements FlowMXBean {
  /** What the bean asks of the station that does the flow's work. */
  public interface Station {
    /** Returns CAPTURE, APPLY or CAPTURE+APPLY. */
    String role();

    /** Returns how many partitions of the change topic it holds; -1 if it does not apply. */
    int partitions();

    /** Returns how many partitions the change topic has; -1 if it does not apply. */
    int topicPartitions();

    /** Returns replicated-up-to; empty if not known. */
    Optional<Instant> upTo();

    /** Returns how many changes wait to pass; empty if not known. */
    OptionalLong pending();

    /**
     * Returns how long the flow may stay stopped before the first thing on its road forgets a
     * change; empty if not known.
     *
     * @param lag how old the oldest change is that has not passed
     */
    Optional<Duration> timeToLoss(Duration lag);

    /** Returns how many entries of a store's log were passed over. */
    default long passedOver() {
      return 0;
    }

    /** Returns how many files of a store's log were set aside. */
    default long setAside() {
      return 0;
    }

    /** Returns how many changes were numbered and never came. */
    default long missing() {
      return 0;
    }

    /** Returns of how many keys of the resource the content is gone from this region alone. */
    default long lost() {
      return 0;
    }

    /** Returns how many changes of failing keys wait in parking. */
    default long parked() {
      return 0;
    }

    /** Pauses the flow in its region, or lets it go on. */
    void pause(boolean paused);

    /** Takes what is missing as lost. */
    void acceptGap();

    /** Returns how fast the flow may apply in this agent. */
    default Throttle.Rates rates() {
      return Throttle.Rates.NONE;
    }

    /** Tells whether it goes by an operator's order, not by what is configured. */
    default boolean isThrottleOrdered() {
      return false;
    }

    /** Throttles it in its region; empty for what is configured. */
    default void throttle(Optional<Throttle.Rates> rates) {
      throw new IllegalStateException(
          "this flow is not applied here: throttle it in a region that applies it, or give its"
              + " resource a capture-rate");
    }

    /** Returns the last backfill ordered and how far it has come; empty if there was none. */
    default String backfill() {
      return "";
    }

    /** Orders a backfill. */
    default String backfill(String prefix, boolean repair, int rate) {
      throw new IllegalStateException(
          "this flow cannot be backfilled here: that is ordered in its origin region (of Cassandra's"
              + " tables by a capture's process), for stores whose present state can be read");
    }

    /** Ends a backfill. */
    default void stopBackfill() {
      throw new IllegalStateException("there is no backfill of this flow here");
    }
  }

  private final AtomicLong notifications = new AtomicLong();
  private final Figures figures;
  private final Conditions conditions;
  private final Station station;
  private final InstantSource clock;

  public FlowBean(Figures figures, Conditions conditions, Station station, InstantSource clock) {
    super(
        new MBeanNotificationInfo(
            new String[] {CHANGED, GAP},
            Notification.class.getName(),
            "the flow changed its state, or something more is missing"));
    this.figures = figures;
    this.conditions = conditions;
    this.station = station;
    this.clock = clock;
    conditions.listen(
        new Conditions.Listener() {
          @Override
          public void changed(FlowState from, Condition to) {
            tell(CHANGED, to.state(), to.state() + ", was " + from + ": ", to);
          }

          @Override
          public void gapFound(FlowState state, Condition gap) {
            tell(GAP, state, state + ", and besides: ", gap);
          }
        });
  }

  private void tell(String type, FlowState state, String begin, Condition what) {
    Notification notification =
        new Notification(
            type,
            this,
            notifications.incrementAndGet(),
            clock.instant().toEpochMilli(),
            begin + what.reason() + ". " + what.hint());
    notification.setUserData(state.name());
    sendNotification(notification);
  }

  /** Returns the name under which a flow's bean is registered. */
  public static String objectName(Flow flow) {
    return "replicator:type=Flow,store="
        + flow.resource().store()
        + ",resource="
        + flow.resource().name()
        + ",origin="
        + flow.origin();
  }

  @Override
  public String getRole() {
    return station.role();
  }

  @Override
  public String getState() {
    return conditions.present().state().name();
  }

  @Override
  public String getReason() {
    return conditions.show().reason();
  }

  @Override
  public String getHint() {
    return conditions.present().hint();
  }

  @Override
  public int getPartitions() {
    return station.partitions();
  }

  @Override
  public int getTopicPartitions() {
    return station.topicPartitions();
  }

  @Override
  public String getReplicatedUpTo() {
    return station.upTo().map(Instant::toString).orElse("");
  }

  @Override
  public long getLagMillis() {
    return lag().map(Duration::toMillis).orElse(-1L);
  }

  @Override
  public long getPendingChanges() {
    return station.pending().orElse(-1);
  }

  @Override
  public long getTimeToLossMillis() {
    return lag().flatMap(station::timeToLoss).map(left -> Math.max(0, left.toMillis())).orElse(-1L);
  }

  @Override
  public long getCaptured() {
    return figures.capturedCount();
  }

  @Override
  public long getCapturedBytes() {
    return figures.capturedBytes();
  }

  @Override
  public long getApplied() {
    return figures.appliedCount();
  }

  @Override
  public long getAppliedBytes() {
    return figures.appliedBytes();
  }

  @Override
  public long getDuplicates() {
    return figures.duplicateCount();
  }

  @Override
  public long getSuperseded() {
    return figures.supersededCount();
  }

  @Override
  public long getConflicts() {
    return figures.conflictCount();
  }

  @Override
  public long getPassedOver() {
    return station.passedOver();
  }

  @Override
  public long getSetAside() {
    return station.setAside();
  }

  @Override
  public long getMissing() {
    return station.missing();
  }

  @Override
  public long getLost() {
    return station.lost();
  }

  @Override
  public String getBackfill() {
    return station.backfill();
  }

  @Override
  public String backfill(String prefix, boolean repair, int rate) {
    String[] answer = {""};
    order(() -> answer[0] = station.backfill(prefix, repair, rate));
    return answer[0];
  }

  @Override
  public long getApplyRate() {
    return limit(station.rates().changes());
  }

  @Override
  public long getApplyBytesRate() {
    return limit(station.rates().bytes());
  }

  @Override
  public String getThrottledBy() {
    if (station.isThrottleOrdered()) {
      return "operator";
    }
    return station.rates().isLimit() ? "configuration" : "";
  }

  private static long limit(long rate) {
    return rate == 0 ? -1 : rate;
  }

  @Override
  public void throttle(long changes, long bytes) {
    order(() -> station.throttle(Optional.of(new Throttle.Rates(changes, bytes))));
  }

  @Override
  public void unthrottle() {
    order(() -> station.throttle(Optional.empty()));
  }

  @Override
  public void stopBackfill() {
    order(station::stopBackfill);
  }

  @Override
  public long getRetried() {
    return figures.retriedCount();
  }

  @Override
  public long getDeadLettered() {
    return figures.deadLetteredCount();
  }

  @Override
  public long getSkipped() {
    return figures.skippedCount();
  }

  @Override
  public long getParked() {
    return station.parked();
  }

  @Override
  public String getLastError() {
    return figures.lastFailure().map(Figures.Failure::message).orElse("");
  }

  @Override
  public String getLastErrorTime() {
    return figures.lastFailure().map(failure -> failure.time().toString()).orElse("");
  }

  @Override
  public String getLastErrorHint() {
    return figures.lastFailure().map(Figures.Failure::hint).orElse("");
  }

  @Override
  public long getLatencyP50Millis() {
    return figures.latency().percentile(50);
  }

  @Override
  public long getLatencyP99Millis() {
    return figures.latency().percentile(99);
  }

  @Override
  public long getLatencyMaxMillis() {
    return figures.latency().percentile(100);
  }

  @Override
  public void pause() {
    order(() -> station.pause(true));
  }

  @Override
  public void resume() {
    order(() -> station.pause(false));
  }

  @Override
  public String acceptGap() {
    // Not shown by this: what nobody had read when the order was given must not be taken along.
    Condition now = conditions.present();
    String was = now.state() + (now.reason().isEmpty() ? "" : ": " + now.reason());
    if (station.role().contains("APPLY") && !conditions.isGapKnown()) { // a capture looks itself
      throw new IllegalStateException("no gap is known; it is " + was);
    }
    order(station::acceptGap);
    return was;
  }

  /** A client of JMX may not have our classes, so none of them may travel along. */
  private static void order(Runnable order) {
    try {
      order.run();
    } catch (ReplicationException e) {
      throw new IllegalStateException(e.getMessage() + "; " + e.hint());
    }
  }

  /** A source whose clock runs ahead of ours has no lag. */
  private Optional<Duration> lag() {
    return station
        .upTo()
        .map(upTo -> Duration.between(upTo, clock.instant()))
        .map(lag -> lag.isNegative() ? Duration.ZERO : lag);
  }
}
