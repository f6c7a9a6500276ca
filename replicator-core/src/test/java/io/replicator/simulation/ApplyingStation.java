package io.replicator.simulation;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.apply.SteppedApply;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.reading.Hearing;
import io.replicator.reading.Tail;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A process that applies: the production's station on a cluster and a target in memory. */
final class ApplyingStation implements Station, Wiring.Arrivals {
  private static final Duration TURN = Duration.ofMillis(200);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration RETENTION = Duration.ofDays(14);

  private final Life life;
  private final Setting setting;
  private final Conditions conditions;
  private final Figures figures;
  private final SteppedApply station;
  private long read;
  private boolean gaveUp;
  private boolean busy;
  private boolean stopping;

  /**
   * @param tails what is told of ended incarnations
   * @param ending ends a change in parking, if it waits there
   */
  ApplyingStation(Life life, Setting setting, Supplier<List<Tail>> tails, Consumer<Change> ending) {
    this.life = life;
    this.setting = setting;
    this.conditions = new Conditions(life.toString());
    this.figures = new Figures(setting.clockwork());
    KafkaClients kafka =
        new KafkaClients(
            Map.of(),
            "agent",
            setting
                .wiring()
                .applying(setting.local(), setting.clockwork(), life, setting.faults(), this));
    var producer = kafka.producer("local");
    Setting.Ends ends = setting.ends();
    StoreResource end =
        setting
            .wiring()
            .end(
                new StoreEnd(
                    ends.target(),
                    ends.targetOutages(),
                    ends.sick(),
                    ends.witness(),
                    setting.clockwork(),
                    life,
                    setting.faults()),
                ending);
    station =
        new SteppedApply(
            new Apply(
                setting.flow(),
                setting.here(),
                () -> end.openApplier(setting.flow().origin()),
                end.capabilities().keepsHistory(),
                kafka,
                producer,
                new DeadLetters(setting.deadLetters(), producer, setting.clockwork()),
                setting.timer(life),
                Clocks.of(setting.clockwork()),
                RETENTION,
                setting.onFailure(),
                setting.bounds(),
                tails,
                figures,
                conditions));
  }

  /** Takes turns, and looks now and then what is the matter, until it is stopped. */
  void start() {
    turn();
    look();
  }

  private void look() {
    station.apply().watch(Hearing.Origin.CAPTURES);
    setting.clockwork().after(LOOK, life, this::look);
  }

  /** Takes a turn now, and others later, until it is stopped. */
  private void turn() {
    if (stopping) {
      return;
    }
    busy = true;
    Duration rest = station.turn();
    busy = false;
    Clockwork clockwork = setting.clockwork();
    clockwork.after(rest.isZero() ? clockwork.upTo(TURN) : rest, life, this::turn);
  }

  /** Does nothing in the middle of a turn, in which a process may wait for others. */
  @Override
  public void stop() {
    if (!busy && !stopping) {
      stopping = true;
      station.leave();
      life.end();
    }
  }

  @Override
  public void setPaused(boolean paused) {
    station.apply().setPaused(paused);
  }

  @Override
  public void read() {
    read++;
  }

  @Override
  public void givenUp() {
    gaveUp = true;
  }

  @Override
  public void remembered(String line) {
    if (line.startsWith("A ")) {
      setting.ends().witness().remembered(line.split(" ", 4)[3]);
    }
  }

  @Override
  public Life life() {
    return life;
  }

  /** Returns how many changes are done, in all the ways in which they may be. */
  long done() {
    return figures.appliedCount()
        + figures.duplicateCount()
        + figures.supersededCount()
        + figures.deadLetteredCount();
  }

  /** Returns how many changes it knows to wait in parking. */
  long parked() {
    return station.apply().parked();
  }

  long deadLettered() {
    return figures.deadLetteredCount();
  }

  int partitions() {
    return station.apply().partitionCount();
  }

  /** Returns how many changes it takes for lost. */
  long missing() {
    return station.apply().missing();
  }

  Optional<Instant> upTo() {
    return station.apply().replicatedUpTo();
  }

  @Override
  public Optional<Fault> unrest() {
    Optional<Instant> passed = station.apply().passedUpTo();
    Optional<Instant> reached = parked() > 0 ? passed : upTo();
    if (partitions() > 0 && reached.filter(setting.ends().witness().last()::isBefore).isEmpty()) {
      return Optional.of(
          new Fault(Fault.Kind.ALARMED, life + ": replicated-up-to stays at " + reached));
    }
    return adds()
        ? alarm()
        : Optional.of(
            new Fault(
                Fault.Kind.MISRECKONED, life + ": " + read + " were read, " + done() + " done"));
  }

  /** What was parked is done by whoever has the partition when it comes back. */
  private boolean adds() {
    return setting.ends().witness().hasParked() || (gaveUp ? read >= done() : read == done());
  }

  /** What lacks a table for good is a matter for an operator, and shown for as long. */
  private Optional<Fault> alarm() {
    return setting.ends().sick().isLacking()
            && conditions.present().state() == FlowState.WAITING_FOR_SCHEMA
        ? Optional.empty()
        : Station.alarm(life, conditions);
  }
}
