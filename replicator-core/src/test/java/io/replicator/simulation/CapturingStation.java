package io.replicator.simulation;

import io.replicator.capture.Capture;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A process that captures: the production's station on a source and a cluster in memory. */
final class CapturingStation implements Station {
  private final Life life;
  private final Conditions conditions;
  private final Figures figures;
  private final Capture capture;
  private long durable;

  /**
   * @param name of the capture
   */
  CapturingStation(String name, Life life, Setting setting) {
    this.life = life;
    this.conditions = new Conditions(life.toString());
    this.figures = new Figures(setting.clockwork());
    KafkaClients.Opener opener =
        setting
            .wiring()
            .capturing(
                setting.origin(), setting.clockwork(), life, setting.faults(), () -> durable++);
    capture =
        new Capture(
            name,
            setting.flow(),
            setting.topic(),
            setting.partitions(),
            () -> "topic",
            OptionalLong.empty(),
            Capture.MOST_PENDING_BYTES,
            new KafkaClients(Map.of(), "capture", opener),
            setting.timer(life),
            setting.clockwork(),
            figures,
            conditions);
  }

  Capture capture() {
    return capture;
  }

  long captured() {
    return figures.capturedCount();
  }

  @Override
  public Life life() {
    return life;
  }

  @Override
  public void stop() {
    capture.close();
    life.end();
  }

  @Override
  public void setPaused(boolean paused) {
    capture.setPaused(paused);
  }

  @Override
  public Optional<Fault> unrest() {
    return capture.pendingCount() > 0 || captured() != durable
        ? Optional.of(
            new Fault(
                Fault.Kind.MISRECKONED,
                life + ": " + durable + " were durable, captured " + captured()))
        : Station.alarm(life, conditions);
  }
}
