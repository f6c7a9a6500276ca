package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.capture.Capture;
import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.jmx.RemoteJmx;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.mirror.Mirror;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of one region: captures what was written here, mirrors what was written elsewhere, and
 * applies it. Closing it is orderly; killing it is survived.
 */
public final class Agent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private record Open(FlowBean bean, Flow flow, Conditions conditions, Optional<Capture> capture) {}

  private final AgentConfig config;
  private final Region here;
  private final InstantSource clock = InstantSource.system();
  private final String id;
  private final AgentHealth health = new AgentHealth();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final List<Open> flows = new ArrayList<>();

  private Agent(AgentConfig config) {
    this.config = config;
    this.here = config.region();
    this.id = Stamp.newIncarnation(clock.instant());
  }

  /**
   * Starts an agent; returns when all its flows are open. Waits while the local Kafka is away.
   *
   * @throws ReplicationException of kind FATAL if it must not run: another region's Kafka, topics
   *     with other partitions
   */
  public static Agent start(AgentConfig config) throws InterruptedException {
    Agent agent = new Agent(config);
    try {
      agent.open();
      return agent;
    } catch (ReplicationException | InterruptedException | KafkaException e) {
      agent.close();
      throw e;
    }
  }

  private void open() throws InterruptedException {
    for (StoreConfig store : config.stores()) {
      opened.push(store.store());
    }
    Beans beans = keep(new Beans());
    beans.register(
        Beans.AGENT,
        new Beans.AgentBean(here.name(), id, version(), clock.instant().toString(), health));

    openJmx();

    KafkaClients kafka = new KafkaClients(config.kafka().options(), "replicator-" + id);
    Timer timer = keep(new Timer(2));
    Producer<byte[], byte[]> local = kafka.producer("local");
    opened.push(() -> local.close(SILENCE));
    Map<Flow, String> topicIds = prepare(kafka, local);

    Controls controls = new Controls(TopicNames.control(here), local);
    Mirror mirror = keep(new Mirror(config, clock));
    StatusBoard board =
        new StatusBoard(
            TopicNames.status(here),
            local,
            clock,
            (region, time) -> {
              if (!region.equals(here)) {
                mirror.heardFrom(region, time);
              }
            });
    LocalReader reader = new LocalReader(kafka);
    reader.add(TopicNames.control(here), Long.MAX_VALUE, controls::read);
    regions().forEach(region -> reader.add(TopicNames.status(region), 300, board::read));
    opened.push(reader);
    reader.start();

    DeadLetters deadLetters = new DeadLetters(TopicNames.deadLetters(here), local, clock);
    for (ResourceConfig resource : resources()) {
      if (resource.capture()) {
        capture(resource, topicIds, kafka, timer, controls, beans);
      }
      for (Region origin : resource.from()) {
        apply(
            new Flow(resource.resource(), origin),
            resource,
            kafka,
            local,
            deadLetters,
            timer,
            board,
            controls,
            beans);
      }
    }
    health.running();
    Timer.Handle watch = timer.every(Duration.ofSeconds(1), () -> watch(board, kafka));
    opened.push(watch::cancel);
  }

  private void openJmx() {
    try {
      RemoteJmx.open(config.jmx()).ifPresent(opened::push);
    } catch (IOException e) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          "jmx.port: "
              + config.jmx().port()
              + " on "
              + config.jmx().host()
              + " cannot be opened: "
              + e.getMessage(),
          "choose a free port, an address of this machine, and key and password files that can"
              + " be read",
          e);
    }
  }

  /** Waits for the local Kafka, makes sure that it is ours, and that the topics are there. */
  private Map<Flow, String> prepare(KafkaClients kafka, Producer<byte[], byte[]> local)
      throws InterruptedException {
    while (true) {
      try (Admin admin = kafka.admin()) {
        Topics topics =
            new Topics(
                admin,
                config.topics().replicationFactor(),
                config.topics().minInsyncReplicas(),
                config.topics().retention());
        topics.ensureCompacted(TopicNames.IDENTITY);
        Identity.claim(kafka, local, here);
        recognisePeers();
        return create(topics);
      } catch (ReplicationException e) {
        if (e.kind() == ReplicationException.Kind.FATAL) {
          throw e;
        }
        health.blocked(e.getMessage(), e.hint());
      } catch (KafkaException e) {
        health.blocked(
            "the local Kafka, kafka.bootstrap.servers: '"
                + kafka.bootstrapServers()
                + "', cannot be used: "
                + e.getMessage(),
            "look at the brokers and the kafka section; the agent goes on trying");
      }
      TimeUnit.SECONDS.sleep(2);
    }
  }

  /**
   * A peer that answers must be the region it is configured as; one that is away may come later.
   */
  private void recognisePeers() {
    for (PeerConfig peer : config.peers().values()) {
      KafkaClients theirs =
          new KafkaClients(peer.kafka().options(), "replicator-" + id + "-" + peer.region());
      Optional<Region> owner;
      try {
        owner = Identity.read(theirs);
      } catch (KafkaException e) {
        LOG.warn(
            "the Kafka of region {} at {} does not answer; the mirror goes on trying",
            peer.region(),
            theirs.bootstrapServers());
        continue;
      }
      if (owner.isPresent() && !owner.get().equals(peer.region())) {
        throw Identity.mismatch(
            "peers." + peer.region() + ".kafka.bootstrap.servers", theirs, owner, peer.region());
      }
    }
  }

  private Map<Flow, String> create(Topics topics) {
    Map<Flow, String> ids = new HashMap<>();
    regions().forEach(region -> topics.ensureMirrored(TopicNames.status(region), 1, ""));
    topics.ensureCompacted(TopicNames.control(here));
    topics.ensureMirrored(TopicNames.deadLetters(here), 1, "");
    for (ResourceConfig resource : resources()) {
      String key =
          "stores."
              + resource.resource().store()
              + ".resources."
              + resource.resource().name()
              + ".partitions";
      Flow own = new Flow(resource.resource(), here);
      ids.put(own, topics.ensureMirrored(TopicNames.changes(own), resource.partitions(), key));
      for (Region origin : resource.from()) {
        Flow flow = new Flow(resource.resource(), origin);
        topics.ensureMirrored(TopicNames.changes(flow), resource.partitions(), key);
        topics.ensureJournal(TopicNames.applied(here, flow), resource.partitions(), key);
      }
    }
    return ids;
  }

  private void capture(
      ResourceConfig resource,
      Map<Flow, String> topicIds,
      KafkaClients kafka,
      Timer timer,
      Controls controls,
      Beans beans) {
    if (!(resource.endpoint().door() instanceof Door.Changes door)) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          resource.resource() + " gives hints, which this agent cannot settle",
          "set capture: false for it",
          null);
    }
    Flow flow = new Flow(resource.resource(), here);
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Capture capture =
        keep(
            new Capture(
                flow,
                resource.partitions(),
                topicIds.get(flow),
                resource.captureRate(),
                kafka,
                timer,
                clock,
                figures,
                conditions));
    CaptureFlow station = new CaptureFlow(flow, capture, controls);
    register(flow, figures, conditions, station, Optional.of(capture), beans);
    controls.listen(
        flow,
        paused -> {
          capture.setPaused(paused);
          show(conditions, paused);
        });
    capture.start(door);
  }

  private void apply(
      Flow flow,
      ResourceConfig resource,
      KafkaClients kafka,
      Producer<byte[], byte[]> local,
      DeadLetters deadLetters,
      Timer timer,
      StatusBoard board,
      Controls controls,
      Beans beans) {
    Figures figures = new Figures(clock);
    Conditions conditions = new Conditions(flow.toString());
    Duration retention = config.topics().retention();
    Apply apply =
        keep(
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
                figures,
                conditions));
    ApplyFlow station = new ApplyFlow(flow, apply, board, controls, retention);
    register(flow, figures, conditions, station, Optional.empty(), beans);
    controls.listen(
        flow,
        paused -> {
          apply.setPaused(paused);
          show(conditions, paused);
        });
    apply.start();
  }

  private void register(
      Flow flow,
      Figures figures,
      Conditions conditions,
      FlowBean.Station station,
      Optional<Capture> capture,
      Beans beans) {
    FlowBean bean = new FlowBean(figures, conditions, station, clock);
    beans.register(FlowBean.objectName(flow), bean);
    flows.add(new Open(bean, flow, conditions, capture));
  }

  private static void show(Conditions conditions, boolean paused) {
    conditions.set(
        "paused",
        paused
            ? new Condition(FlowState.PAUSED, "an operator paused it", "call resume on its bean")
            : Condition.RUNNING);
  }

  /** Publishes the status, and sees by its acknowledgement whether the local Kafka answers. */
  private void watch(StatusBoard board, KafkaClients kafka) {
    board.publish(status());
    boolean silent = board.acknowledged().plus(SILENCE).isBefore(clock.instant());
    String reason = "the local Kafka at " + kafka.bootstrapServers() + " does not acknowledge";
    String hint = "look at the local brokers; nothing is lost meanwhile";
    if (silent) {
      health.blocked(reason, hint);
    } else {
      health.running();
    }
    Condition condition =
        silent ? new Condition(FlowState.BLOCKED, reason, hint) : Condition.RUNNING;
    flows.forEach(flow -> flow.conditions().set("local-kafka", condition));
  }

  private Status status() {
    Map<String, Status.CaptureStatus> captures = new HashMap<>();
    List<Status.FlowStatus> states = new ArrayList<>();
    for (Open open : flows) {
      open.capture()
          .flatMap(Agent::captureStatus)
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
        Status.FORMAT, here.name(), id, clock.instant().toEpochMilli(), captures, states);
  }

  private static Optional<Status.CaptureStatus> captureStatus(Capture capture) {
    long waiting = capture.status().map(status -> status.waiting().orElse(-1)).orElse(-1L);
    return capture
        .sequences()
        .map(
            sent ->
                new Status.CaptureStatus(
                    sent.getKey(), Arrays.stream(sent.getValue()).boxed().toList(), waiting));
  }

  private List<Region> regions() {
    List<Region> regions = new ArrayList<>(config.peers().keySet());
    regions.add(here);
    return regions;
  }

  private List<ResourceConfig> resources() {
    return config.stores().stream().flatMap(store -> store.resources().stream()).toList();
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.push(resource);
    return resource;
  }

  /**
   * Closes everything in reverse order of its opening; what cannot be closed does not stop the
   * rest.
   */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      AutoCloseable next = opened.pop();
      try {
        next.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn("closing {} failed", next, e);
      }
    }
  }

  private static String version() {
    return Optional.ofNullable(Agent.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
