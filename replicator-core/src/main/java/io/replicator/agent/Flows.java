package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.backfill.Backfill;
import io.replicator.backfill.Order;
import io.replicator.capture.Capture;
import io.replicator.capture.HintIntake;
import io.replicator.config.ResourceConfig;
import io.replicator.config.SettleConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.GroupFeed;
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
import io.replicator.reading.Hearing;
import io.replicator.settle.Inflow;
import io.replicator.settle.Settle;
import io.replicator.spi.HintSink;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** Opens the flows that a resource has in this region. */
  void open(ResourceConfig resource) {
    if (resource.endpoint().door() instanceof Door.Hints door) {
      settle(resource, door);
      return;
    }
    if (resource.capture() && !isNodeLog(resource) && !resource.from().contains(here)) {
      open(new Flow(resource.resource(), here), resource);
    }
    for (Region origin : resource.from()) {
      open(new Flow(resource.resource(), origin), resource);
    }
  }

  /** Opens the capturing end of a resource whose log is read beside a node. */
  Capture openBeside(ResourceConfig resource, String node) {
    Flow flow = new Flow(resource.resource(), here);
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Capture capture =
        capture(node, flow, TopicNames.changes(flow), resource, figures, conditions.end("capture"));
    Door.NodeLog door = (Door.NodeLog) resource.endpoint().door();
    Backfill backfill =
        new Backfill(
            flow,
            Backfill.ofChanges(door, capture),
            clock,
            order -> order.by().equals(node),
            () -> true,
            order -> controls.keep(flow, order));
    register(
        new OpenFlow(
            resource,
            flow,
            new FlowBean(
                figures,
                conditions,
                new NodeFlow(
                    new CaptureFlow(flow, capture, controls), node, door, controls, backfill),
                clock),
            conditions,
            new LoggedEnds(Optional.of(capture), Optional.empty(), Optional.of(backfill))),
        new Orders(capture::setPaused, capture::acceptGap, backfill::told));
    capture.start(door);
    return capture;
  }

  /** Tells whether a resource is captured by a process beside each node, and by no agent. */
  static boolean isNodeLog(ResourceConfig resource) {
    return resource.endpoint().captures() && resource.endpoint().door() instanceof Door.NodeLog;
  }

  /** Opens the station that settles a resource, with all its flows. */
  private void settle(ResourceConfig resource, Door.Hints door) {
    Flow own = new Flow(resource.resource(), here);
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(own.toString());
    Optional<Capture> intake =
        resource.capture()
            ? Optional.of(
                capture(
                    Stamp.newCapture(),
                    own,
                    TopicNames.hints(here, resource.resource()),
                    resource,
                    new Figures(clock),
                    conditions.end("hints")))
            : Optional.empty();
    Optional<HintIntake> sink = intake.map(end -> new HintIntake(end, clock));
    Settle settle = station(resource, door, sink.map(HintSink.class::cast));
    Map<Region, Inflow> inflows = new LinkedHashMap<>();
    intake.ifPresent(end -> inflows.put(here, settle.add(here, figures, conditions)));
    Optional<Settle> station = Optional.of(settle);
    for (Region origin : resource.from()) {
      Flow flow = new Flow(resource.resource(), origin);
      Figures theirs = new Figures(clock);
      Conditions state = new Conditions(flow.toString());
      Inflow inflow = settle.add(origin, theirs, state);
      inflows.put(origin, inflow);
      FlowBean.Station end =
          new ApplyFlow(
              flow, resource.partitions(), false, inflow, board, controls, retention, clock);
      register(
          new OpenFlow(
              resource,
              flow,
              new FlowBean(theirs, state, end, clock),
              state,
              new SettledEnds(
                  inflow,
                  intake.isPresent() ? Optional.empty() : station,
                  Optional.empty(),
                  Optional.empty())),
          new Orders(inflow::setPaused, inflow::acceptGap, order -> {}));
      station = Optional.empty();
    }
    if (intake.isPresent()) {
      capturing(
          resource, door, settle, intake.get(), sink.orElseThrow(), inflows, figures, conditions);
    }
    settle.start();
    sink.ifPresent(
        it ->
            it.start(
                door,
                new GroupFeed(kafka, TopicNames.feedGroup(here, resource.resource()), clock)));
  }

  private Settle station(ResourceConfig resource, Door.Hints door, Optional<HintSink> sink) {
    SettleConfig config = resource.settle().orElseThrow();
    return new Settle(
        new Settle.Plan(
            resource.resource(),
            here,
            resource.partitions(),
            config.maxDeletes(),
            resource.capture(),
            config.receiveOnly()),
        door,
        sink,
        kafka,
        () -> topicIds.get(TopicNames.changes(new Flow(resource.resource(), here))),
        timer,
        clock,
        retention,
        shares.bounds(resource));
  }

  /** Opens the region's own flow of a resource that is settled. */
  private void capturing(
      ResourceConfig resource,
      Door.Hints door,
      Settle settle,
      Capture intake,
      HintIntake sink,
      Map<Region, Inflow> inflows,
      Figures figures,
      Conditions conditions) {
    Flow own = new Flow(resource.resource(), here);
    Inflow hints = Objects.requireNonNull(inflows.get(here));
    Backfill backfill =
        new Backfill(
            own,
            Backfill.ofHints(door, sink, timer, clock),
            clock,
            order -> hints.holdsFirst(),
            () -> isDrained(resource, inflows),
            order -> controls.keep(own, order));
    FlowBean.Station end =
        new HintFlow(own, resource.partitions(), intake, hints, controls, backfill);
    register(
        new OpenFlow(
            resource,
            own,
            new FlowBean(figures, conditions, end, clock),
            conditions,
            new SettledEnds(
                hints, Optional.of(settle), Optional.of(intake), Optional.of(backfill))),
        new Orders(
            paused -> {
              intake.setPaused(paused);
              hints.setPaused(paused);
            },
            settle::accept,
            backfill::told));
  }

  /** Tells whether all that other regions have told of a resource is applied in this region. */
  private boolean isDrained(ResourceConfig resource, Map<Region, Inflow> inflows) {
    return resource.from().stream()
        .allMatch(
            origin ->
                Objects.requireNonNull(inflows.get(origin)).waiting() == 0
                    && board.drained(
                        here, new Flow(resource.resource(), origin), resource.partitions()));
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
              capture(
                  Stamp.newCapture(),
                  flow,
                  TopicNames.changes(flow),
                  resource,
                  figures,
                  conditions.end("capture")));
    }
    if (resource.from().contains(flow.origin())) {
      apply = Optional.of(apply(flow, resource, figures, conditions.end("apply")));
    }
    Optional<Capture> capturing = capture;
    Optional<Apply> applying = apply;
    register(
        new OpenFlow(
            resource,
            flow,
            new FlowBean(figures, conditions, station(flow, resource, capture, apply), clock),
            conditions,
            new LoggedEnds(capture, apply, Optional.empty())),
        new Orders(
            paused -> {
              capturing.ifPresent(end -> end.setPaused(paused));
              applying.ifPresent(end -> end.setPaused(paused));
            },
            () -> {
              capturing.ifPresent(Capture::acceptGap);
              applying.ifPresent(Apply::acceptGap);
            },
            order -> {}));
    capture.ifPresent(end -> end.start((Door.Changes) resource.endpoint().door()));
    apply.ifPresent(Apply::start);
  }

  private Capture capture(
      String name,
      Flow flow,
      String topic,
      ResourceConfig resource,
      Figures figures,
      Conditions conditions) {
    return new Capture(
        name,
        flow,
        topic,
        resource.partitions(),
        () -> topicIds.get(topic),
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

  private FlowBean.Station station(
      Flow flow, ResourceConfig resource, Optional<Capture> capture, Optional<Apply> apply) {
    // What was captured is not replicated yet: where both ends are here, the last one tells.
    return apply.isPresent()
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
  }

  /** What obeys an operator's orders for a flow. */
  private record Orders(Consumer<Boolean> pause, Runnable acceptGap, Consumer<Order> backfill) {}

  private void register(OpenFlow open, Orders orders) {
    beans.register(FlowBean.objectName(open.flow()), open.bean());
    flows.add(open);
    controls.listen(
        open.flow(),
        new Controls.Listener() {
          @Override
          public void paused(boolean paused) {
            orders.pause().accept(paused);
            open.conditions().set("paused", paused ? PAUSED : Condition.RUNNING);
          }

          @Override
          public void acceptGap() {
            orders.acceptGap().run();
          }

          @Override
          public void backfill(Order order) {
            orders.backfill().accept(order);
          }
        });
  }

  /**
   * Looks in all flows that are applied whether their origins' heartbeats arrive, and goes on with
   * backfills.
   */
  void watch() {
    for (OpenFlow open : flows) {
      open.ends().watch(origin(open.flow()));
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
      open.ends().captured().ifPresent(it -> captures.put(open.flow().resource().toString(), it));
      FlowBean bean = open.bean();
      states.add(
          new Status.FlowStatus(
              open.flow().toString(),
              bean.getRole(),
              bean.getState(),
              bean.getReason(),
              bean.getLagMillis(),
              bean.getPendingChanges(),
              bean.getPartitions()));
    }
    return new Status(
        Status.FORMAT, here.name(), agent, clock.instant().toEpochMilli(), captures, states);
  }

  /** Gives every open flow a new share of the memory, and those that are opened from now on. */
  void share(Shares anew) {
    shares = anew;
    flows.forEach(flow -> flow.ends().share(anew, flow.config()));
  }

  /** Closes all ends of some resources, and leaves nothing of them behind. */
  void close(Collection<Resource> resources) {
    closeAll(
        flows.stream().filter(flow -> resources.contains(flow.flow().resource())).toList(),
        Ends::handOver);
  }

  @Override
  public void close() {
    closeAll(List.copyOf(flows), Ends::close);
  }

  /** Closes all at once: each may have to wait for its store, or for Kafka. */
  private void closeAll(List<OpenFlow> closed, Consumer<Ends> how) {
    List<Thread> closing = new ArrayList<>();
    for (OpenFlow flow : closed) {
      controls.forget(flow.flow());
      Thread thread =
          new Thread(
              () -> Opened.closeOne(() -> how.accept(flow.ends())), "closing-" + flow.flow());
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
