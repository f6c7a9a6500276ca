package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** The flows of one agent: each end opened with its figures, its conditions and its bean. */
final class Flows implements AutoCloseable {
  private record Open(
      FlowBean bean,
      Flow flow,
      Conditions conditions,
      Optional<Capture> capture,
      Optional<Apply> apply) {}

  private final Region here;
  private final KafkaClients kafka;
  private final Producer<byte[], byte[]> local;
  private final Timer timer;
  private final InstantSource clock;
  private final Controls controls;
  private final StatusBoard board;
  private final Beans beans;
  private final Duration retention;
  private final Shares shares;
  private final TopicIds topicIds;
  private final DeadLetters deadLetters;
  private final List<Open> flows = new ArrayList<>();
  private final Deque<AutoCloseable> stations = new ArrayDeque<>();

  /**
   * @param local producer of the local Kafka; shared
   * @param retention of change topics
   * @param shares what each may take of the memory
   * @param topicIds of the topics that are captured into
   */
  Flows(
      Region here,
      KafkaClients kafka,
      Producer<byte[], byte[]> local,
      Timer timer,
      InstantSource clock,
      Controls controls,
      StatusBoard board,
      Beans beans,
      Duration retention,
      Shares shares,
      TopicIds topicIds) {
    this.here = here;
    this.kafka = kafka;
    this.local = local;
    this.timer = timer;
    this.clock = clock;
    this.controls = controls;
    this.board = board;
    this.beans = beans;
    this.retention = retention;
    this.shares = shares;
    this.topicIds = topicIds;
    this.deadLetters = new DeadLetters(TopicNames.deadLetters(here), local, clock);
  }

  /** Opens the ends that a resource has in this region. */
  void open(ResourceConfig resource) {
    if (resource.capture()) {
      capture(new Flow(resource.resource(), here), resource);
    }
    for (Region origin : resource.from()) {
      apply(new Flow(resource.resource(), origin), resource);
    }
  }

  private void capture(Flow flow, ResourceConfig resource) {
    if (!(resource.endpoint().door() instanceof Door.Changes door)) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          resource.resource() + " gives hints, which this agent cannot settle",
          "set capture: false for it",
          null);
    }
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Capture capture =
        new Capture(
            flow,
            resource.partitions(),
            () -> topicIds.get(TopicNames.changes(flow)),
            resource.captureRate(),
            shares.pendingBytes(),
            kafka,
            timer,
            clock,
            figures,
            conditions);
    stations.push(capture);
    register(
        flow,
        figures,
        conditions,
        new CaptureFlow(flow, capture, controls),
        Optional.of(capture),
        Optional.empty(),
        capture::setPaused);
    capture.start(door);
  }

  private void apply(Flow flow, ResourceConfig resource) {
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Apply apply =
        new Apply(
            flow,
            here,
            resource.endpoint(),
            kafka,
            local,
            deadLetters,
            timer,
            clock,
            retention,
            shares.bounds(resource),
            figures,
            conditions);
    stations.push(apply);
    register(
        flow,
        figures,
        conditions,
        new ApplyFlow(flow, apply, board, controls, retention, clock),
        Optional.empty(),
        Optional.of(apply),
        apply::setPaused);
    apply.start();
  }

  private void register(
      Flow flow,
      Figures figures,
      Conditions conditions,
      FlowBean.Station station,
      Optional<Capture> capture,
      Optional<Apply> apply,
      Consumer<Boolean> pausing) {
    FlowBean bean = new FlowBean(figures, conditions, station, clock);
    beans.register(FlowBean.objectName(flow), bean);
    flows.add(new Open(bean, flow, conditions, capture, apply));
    controls.listen(
        flow,
        paused -> {
          pausing.accept(paused);
          conditions.set(
              "paused",
              paused
                  ? new Condition(
                      FlowState.PAUSED, "an operator paused it", "call resume on its bean")
                  : Condition.RUNNING);
        });
  }

  /** Looks in all flows that are applied whether their origins' heartbeats arrive. */
  void watch() {
    for (Open open : flows) {
      Flow flow = open.flow();
      open.apply()
          .ifPresent(
              apply -> apply.watch(!board.captures(flow.origin(), flow.resource()).isEmpty()));
    }
  }

  /** Shows in all flows whether the local Kafka answers. */
  void show(Condition kafka) {
    flows.forEach(flow -> flow.conditions().set("local-kafka", kafka));
  }

  /** Returns what this agent has to say of itself. */
  Status status(String agent) {
    Map<String, Status.CaptureStatus> captures = new HashMap<>();
    List<Status.FlowStatus> states = new ArrayList<>();
    for (Open open : flows) {
      open.capture()
          .flatMap(Flows::captureStatus)
          .ifPresent(it -> captures.put(open.flow().resource().toString(), it));
      FlowBean bean = open.bean();
      states.add(
          new Status.FlowStatus(
              open.flow().toString(),
              bean.getRole(),
              bean.getState(),
              bean.getReason(),
              bean.getLagMillis(),
              bean.getPendingChanges()));
    }
    return new Status(
        Status.FORMAT, here.name(), agent, clock.instant().toEpochMilli(), captures, states);
  }

  private static Optional<Status.CaptureStatus> captureStatus(Capture capture) {
    Optional<SourceStatus> source = capture.status();
    long waiting = source.map(status -> status.waiting().orElse(-1)).orElse(-1L);
    return capture
        .sequences()
        .map(
            sent ->
                new Status.CaptureStatus(
                    sent.getKey(),
                    Arrays.stream(sent.getValue()).boxed().toList(),
                    waiting,
                    source
                        .flatMap(SourceStatus::deliveredUpTo)
                        .map(Instant::toEpochMilli)
                        .orElse(null),
                    source.flatMap(SourceStatus::retention).map(Duration::toMillis).orElse(null)));
  }

  /** Closes all stations at once: each may have to wait for its store, or for Kafka. */
  @Override
  public void close() {
    List<Thread> closing = new ArrayList<>();
    while (!stations.isEmpty()) {
      AutoCloseable station = stations.pop();
      Thread thread = new Thread(() -> Opened.closeOne(station), "closing");
      thread.start();
      closing.add(thread);
    }
    for (Thread thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
