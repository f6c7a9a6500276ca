package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.apply.Hearing;
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
import io.replicator.model.Resource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** The flows of one agent: each opened with its figures, its conditions and its bean. */
final class Flows implements AutoCloseable {
  private static final Condition PAUSED =
      new Condition(FlowState.PAUSED, "an operator paused it", "call resume on its bean");

  private final Region here;
  private final KafkaClients kafka;
  private final Producer<byte[], byte[]> local;
  private final Timer timer;
  private final InstantSource clock;
  private final Controls controls;
  private final StatusBoard board;
  private final Beans beans;
  private final Duration retention;
  private volatile Shares shares;
  private final TopicIds topicIds;
  private final DeadLetters deadLetters;

  /** Read once a second while a reload may change it. */
  private final List<OpenFlow> flows = new CopyOnWriteArrayList<>();

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

  /**
   * Makes sure that this agent can open a resource.
   *
   * @throws ReplicationException of kind FATAL if not
   */
  static void require(ResourceConfig resource) {
    if (resource.capture()) {
      door(resource);
    }
  }

  /** Opens the flows that a resource has in this region. */
  void open(ResourceConfig resource) {
    if (resource.capture() && !isNodeLog(resource) && !resource.from().contains(here)) {
      open(new Flow(resource.resource(), here), resource);
    }
    for (Region origin : resource.from()) {
      open(new Flow(resource.resource(), origin), resource);
    }
  }

  /** Opens the capturing end of a resource whose log is read beside a node. */
  void openBeside(ResourceConfig resource, String node) {
    Flow flow = new Flow(resource.resource(), here);
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Capture capture = capture(node, flow, resource, figures, conditions.end("capture"));
    register(resource, flow, figures, conditions, Optional.of(capture), Optional.empty());
    capture.start(door(resource));
  }

  /** Tells whether a resource is captured by a process beside each node, and by no agent. */
  static boolean isNodeLog(ResourceConfig resource) {
    return resource.endpoint().captures() && resource.endpoint().door() instanceof Door.NodeLog;
  }

  /** Opens the ends that a flow has here: one, or both where a region applies its own changes. */
  private void open(Flow flow, ResourceConfig resource) {
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Optional<Capture> capture = Optional.empty();
    Optional<Apply> apply = Optional.empty();
    if (flow.origin().equals(here)) {
      capture =
          Optional.of(
              capture(Stamp.newCapture(), flow, resource, figures, conditions.end("capture")));
    }
    if (resource.from().contains(flow.origin())) {
      apply = Optional.of(apply(flow, resource, figures, conditions.end("apply")));
    }
    register(resource, flow, figures, conditions, capture, apply);
    capture.ifPresent(end -> end.start(door(resource)));
    apply.ifPresent(Apply::start);
  }

  private static Door.Changes door(ResourceConfig resource) {
    if (resource.endpoint().door() instanceof Door.Changes door) {
      return door;
    }
    throw new ReplicationException(
        ReplicationException.Kind.FATAL,
        resource.resource() + " gives hints, which this agent cannot settle",
        "set capture: false for it",
        null);
  }

  private Capture capture(
      String name, Flow flow, ResourceConfig resource, Figures figures, Conditions conditions) {
    return new Capture(
        name,
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
  }

  private Apply apply(Flow flow, ResourceConfig resource, Figures figures, Conditions conditions) {
    return new Apply(
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
  }

  private void register(
      ResourceConfig resource,
      Flow flow,
      Figures figures,
      Conditions conditions,
      Optional<Capture> capture,
      Optional<Apply> apply) {
    // What was captured is not replicated yet: where both ends are here, the last one tells.
    FlowBean.Station station =
        apply.isPresent()
            ? new ApplyFlow(
                flow,
                resource.partitions(),
                capture.isPresent(),
                apply.get(),
                board,
                controls,
                retention,
                clock)
            : new CaptureFlow(flow, capture.orElseThrow(), controls);
    FlowBean bean = new FlowBean(figures, conditions, station, clock);
    beans.register(FlowBean.objectName(flow), bean);
    flows.add(new OpenFlow(resource, flow, bean, conditions, capture, apply));
    controls.listen(
        flow,
        new Controls.Listener() {
          @Override
          public void paused(boolean paused) {
            capture.ifPresent(end -> end.setPaused(paused));
            apply.ifPresent(end -> end.setPaused(paused));
            conditions.set("paused", paused ? PAUSED : Condition.RUNNING);
          }

          @Override
          public void acceptGap() {
            capture.ifPresent(Capture::acceptGap);
            apply.ifPresent(Apply::acceptGap);
          }
        });
  }

  /** Looks in all flows that are applied whether their origins' heartbeats arrive. */
  void watch() {
    for (OpenFlow open : flows) {
      open.apply().ifPresent(apply -> apply.watch(origin(open.flow())));
    }
  }

  private Hearing.Origin origin(Flow flow) {
    if (!board.hears(flow.origin())) {
      return Hearing.Origin.SILENT;
    }
    return board.captures(flow.origin(), flow.resource()).isEmpty()
        ? Hearing.Origin.RUNS
        : Hearing.Origin.CAPTURES;
  }

  /** Shows in all flows whether the local Kafka answers. */
  void show(Condition kafka) {
    flows.forEach(flow -> flow.conditions().set("local-kafka", kafka));
  }

  /** Returns what this agent has to say of itself. */
  Status status(String agent) {
    Map<String, Status.CaptureStatus> captures = new HashMap<>();
    List<Status.FlowStatus> states = new ArrayList<>();
    for (OpenFlow open : flows) {
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

  /** Gives every open flow a new share of the memory, and those that are opened from now on. */
  void share(Shares anew) {
    shares = anew;
    flows.forEach(flow -> flow.share(anew));
  }

  /** Closes all ends of some resources, and leaves nothing of them behind. */
  void close(Collection<Resource> resources) {
    closeAll(
        flows.stream().filter(flow -> resources.contains(flow.flow().resource())).toList(),
        OpenFlow::handOver);
  }

  @Override
  public void close() {
    closeAll(List.copyOf(flows), OpenFlow::close);
  }

  /** Closes all at once: each may have to wait for its store, or for Kafka. */
  private void closeAll(List<OpenFlow> closed, Consumer<OpenFlow> how) {
    List<Thread> closing = new ArrayList<>();
    for (OpenFlow flow : closed) {
      controls.forget(flow.flow());
      Thread thread =
          new Thread(() -> Opened.closeOne(() -> how.accept(flow)), "closing-" + flow.flow());
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
    for (OpenFlow flow : closed) {
      flows.remove(flow);
      beans.unregister(FlowBean.objectName(flow.flow()));
    }
  }
}
