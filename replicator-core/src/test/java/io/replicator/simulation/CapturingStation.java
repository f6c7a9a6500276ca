package io.replicator.simulation;

import io.replicator.capture.Capture;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.reading.Tail;
import io.replicator.wire.Written;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** A process that captures: the production's station on a source and a cluster in memory. */
final class CapturingStation implements Station {
  private final Life life;
  private final Conditions conditions;
  private final Figures figures;
  private final Capture capture;
  private final List<Written> before;
  private long durable;

  /**
   * @param name of the capture
   * @param before what others had written when this process began
   */
  CapturingStation(String name, Life life, Setting setting, List<Written> before) {
    this.before = before;
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
            Clocks.of(setting.clockwork()),
            figures,
            conditions);
  }

  Capture capture() {
    return capture;
  }

  /** Returns all that is known here to have been written before the present incarnation began. */
  List<Tail> tails() {
    return capture.written().stream()
        .flatMap(
            present ->
                Stream.concat(before.stream(), capture.former().stream())
                    .filter(it -> !it.incarnation().equals(present.incarnation()))
                    .map(it -> new Tail(it.incarnation(), it.last(), present.incarnation())))
        .toList();
  }

  /** Returns all that it has written, in all incarnations. */
  List<Written> written() {
    return Stream.concat(capture.former().stream(), capture.written().stream()).toList();
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
