package io.replicator.settle;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.reading.Applied;
import io.replicator.reading.Gaps;
import io.replicator.reading.Hearing;
import io.replicator.reading.Reading;
import io.replicator.reading.Tail;
import io.replicator.reading.Throttle;
import io.replicator.reading.Window;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An inflow is one flow of a resource as its owners in this agent take it in: the region's own
 * hints, or what another region tells. It is what is measured, paused and bounded. Thread-safe.
 */
public final class Inflow implements Applied {
  private final Flow flow;
  private final String topic;
  private final String parking;
  private final boolean hints;
  private final Window window;
  private final Figures figures;
  private final Conditions conditions;
  private final Gaps gaps;
  private final InstantSource clock;
  private final Owners owners;
  private volatile boolean paused;
  private volatile long unread;

  Inflow(
      Flow flow,
      String topic,
      String parking,
      boolean hints,
      Window window,
      Figures figures,
      Conditions conditions,
      Supplier<List<Tail>> tails,
      InstantSource clock,
      Owners owners) {
    this.flow = flow;
    this.topic = topic;
    this.parking = parking;
    this.hints = hints;
    this.window = window;
    this.figures = figures;
    this.conditions = conditions;
    this.gaps = new Gaps(flow, conditions, true, tails);
    this.clock = clock;
    this.owners = owners;
  }

  Flow flow() {
    return flow;
  }

  String topic() {
    return topic;
  }

  /** Returns the topic in which changes of the flow wait that are to be tried again. */
  String parking() {
    return parking;
  }

  /** Returns the topics that it is read from. */
  List<String> topics() {
    return List.of(topic, parking);
  }

  boolean isHints() {
    return hints;
  }

  Window window() {
    return window;
  }

  Figures figures() {
    return figures;
  }

  Conditions conditions() {
    return conditions;
  }

  boolean isPaused() {
    return paused;
  }

  /** Takes nothing more in, or goes on. */
  public void setPaused(boolean paused) {
    if (this.paused != paused) {
      this.paused = paused;
      if (!paused) {
        readings().forEach(Reading::resumed);
      }
      owners.all().forEach(Owner::repaused);
    }
  }

  private List<Reading> readings() {
    return owners.all().stream().map(owner -> owner.input(topic).reading()).toList();
  }

  /** Those of the parking topic number nothing, but they, too, may find records gone. */
  private List<Reading> allReadings() {
    return owners.all().stream()
        .flatMap(owner -> topics().stream().map(it -> owner.input(it).reading()))
        .toList();
  }

  @Override
  public Optional<Instant> replicatedUpTo() {
    return Reading.upTo(readings());
  }

  @Override
  public long pending(Map<String, long[]> sent) {
    return readings().stream().mapToLong(reading -> reading.pending(sent)).sum();
  }

  /** Returns how many records wait in this agent's partitions, read and not. */
  public long waiting() {
    return unread + owners.all().stream().mapToLong(owner -> owner.held(this)).sum();
  }

  void setUnread(long count) {
    unread = count;
  }

  @Override
  public long missing() {
    return readings().stream().mapToLong(Reading::missing).sum();
  }

  @Override
  public Throttle throttle() {
    return window.throttle();
  }

  @Override
  public long lost() {
    return owners.all().stream().mapToLong(owner -> owner.ledger().lostCount()).sum();
  }

  @Override
  public int partitionCount() {
    return owners.all().size();
  }

  @Override
  public boolean holdsFirst() {
    return owners.get(0).isPresent();
  }

  /** Looks whether heartbeats arrive in every partition in this agent's hands. */
  public void watch(Hearing.Origin origin) {
    if (!paused) {
      conditions.set("unheard", heard(origin).orElse(Condition.RUNNING));
    }
  }

  /** Of what stands behind a full window nothing can be heard: that is no silence. */
  private Optional<Condition> heard(Hearing.Origin origin) {
    return window.drained()
        ? Hearing.judge(flow, topic, readings(), origin, clock.instant())
        : Optional.empty();
  }

  /** Takes what never came as lost, and is DEGRADED no longer. */
  public void acceptGap() {
    gaps.accept(allReadings());
  }

  /**
   * Counts a change that is settled.
   *
   * @param parked whether it has waited, so that its way tells nothing of the road
   */
  void count(Change change, boolean parked, Step.Outcome outcome) {
    if (outcome == Step.Outcome.APPLIED && parked) {
      figures.applied(change.size());
    } else if (outcome == Step.Outcome.APPLIED) {
      figures.applied(change.size(), change.time());
    } else {
      figures.superseded();
    }
  }

  /** Shows what never came. */
  void reportGaps() {
    gaps.report(allReadings());
  }
}
