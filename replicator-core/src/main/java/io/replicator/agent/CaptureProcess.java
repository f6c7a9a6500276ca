package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.config.AgentConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;

/**
 * The capture of one store beside one of its nodes, in a process of its own: what agents cannot
 * capture, because it stands in the node's files. It reads the agents' configuration and captures
 * the resources of that store; it applies and mirrors nothing.
 */
public final class CaptureProcess implements AutoCloseable {
  static final String BEAN = "replicator:type=CaptureProcess";
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final int PAUSE_SECONDS = 2;

  private final AgentConfig config;
  private final Region here;
  private final List<ResourceConfig> resources;
  private final Clocks clocks = Clocks.system();
  private final AgentHealth health = new AgentHealth("capture process");
  private final Opened opened = new Opened();
  private final String id = Stamp.newIncarnation(clocks.wall().instant(), Stamp.newCapture());

  private CaptureProcess(AgentConfig config, String store) {
    this.config = config;
    this.here = config.region();
    this.resources =
        config.resources().stream()
            .filter(resource -> resource.resource().store().equals(store))
            .filter(ResourceConfig::capture)
            .filter(Flows::isNodeLog)
            .toList();
    if (resources.isEmpty()) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          "the configuration names nothing of " + store + " that is captured beside a node",
          "add resources to stores." + store + ", or leave out capture: false",
          null);
    }
  }

  /**
   * Starts to capture; returns when all its flows are open. Waits while the node or the local Kafka
   * is away.
   *
   * @param store whose node this process runs beside
   * @throws ReplicationException of kind FATAL if it must not run: another process captures this
   *     node, another region's Kafka, a port that is taken
   */
  public static CaptureProcess start(AgentConfig config, String store) throws InterruptedException {
    CaptureProcess process = new CaptureProcess(config, store);
    boolean started = false;
    try {
      process.open();
      started = true;
      return process;
    } finally {
      if (!started) {
        process.close();
      }
    }
  }

  private void open() throws InterruptedException {
    opened.keep(new Stores(config.stores()));
    Beans beans = opened.keep(new Beans());
    beans.register(BEAN, new Beans.ProcessBean(here, id, clocks.wall().instant(), health));
    opened.jmx(config.jmx());

    // Before Kafka: a second capture of a node is refused whatever else is away.
    List<Door.Claim> claims = new ArrayList<>();
    for (ResourceConfig resource : resources) {
      claims.add(opened.keep(claim((Door.NodeLog) resource.endpoint().door())));
    }
    Door.Claim node = claims.get(0);
    String name = "replicator-capture-" + id;
    KafkaClients kafka = new KafkaClients(config.kafka().options(), name);
    Map<String, String> topics = new Groundwork(config, kafka, name, health).layFor(resources);
    Timer timer = opened.keep(new Timer(2));
    Producer<byte[], byte[]> local = kafka.producer("local");
    opened.keep(() -> local.close(SILENCE));
    Controls controls = new Controls(TopicNames.control(here), local);
    StatusBoard board =
        new StatusBoard(
            TopicNames.status(here),
            local,
            clocks,
            config.topics().retention(),
            status -> {}); // nobody is judged here by what is heard
    LocalReader reader = opened.keep(new LocalReader(kafka));
    reader.add(TopicNames.control(here), controls::read);
    reader.addStatus(TopicNames.status(here), board::read);
    reader.start();
    controls.caughtUp();
    Admin admin = kafka.admin();
    opened.keep(() -> admin.close(SILENCE));
    TopicIds topicIds = opened.keep(new TopicIds(admin, topics, timer));
    Flows flows =
        Flows.within(
            opened,
            new Site(
                here,
                kafka,
                local,
                timer,
                clocks,
                controls,
                board,
                config.topics().retention(),
                topicIds),
            beans,
            new Shares(Runtime.getRuntime().maxMemory(), resources),
            id);
    Map<Flow, Capture> captures = new HashMap<>();
    for (ResourceConfig resource : resources) {
      captures.put(
          new Flow(resource.resource(), here),
          flows.openBeside(resource, node.node(), config.jmx().place()));
    }
    Ring ring = new Ring(node, captures, controls, board, clocks.steady());
    health.running();
    Timer.Handle watch = timer.every(Duration.ofSeconds(1), () -> watch(flows, board, kafka));
    opened.keep(watch::cancel);
    Timer.Handle looks = timer.every(LOOK, ring::look);
    opened.keep(looks::cancel);
  }

  /** Waits for the node, which may be starting, too. */
  private Door.Claim claim(Door.NodeLog door) throws InterruptedException {
    while (true) {
      try {
        return door.claim();
      } catch (ReplicationException e) {
        if (e.kind() == ReplicationException.Kind.FATAL) {
          throw e;
        }
        health.blocked(e.getMessage(), e.hint() + "; it is tried again and again");
      }
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
    }
  }

  /** Publishes the status, and sees by its acknowledgement whether the local Kafka answers. */
  private void watch(Flows flows, StatusBoard board, KafkaClients kafka) {
    board.publish(flows.status(id, Map.of()));
    flows.watch();
    if (board.acknowledged().plus(SILENCE).isAfter(clocks.steady().instant())) {
      health.running();
      flows.show(Condition.RUNNING);
      return;
    }
    String reason = "the local Kafka at " + kafka.bootstrapServers() + " does not acknowledge";
    String hint = "look at the local brokers; the log keeps what is written meanwhile";
    health.blocked(reason, hint);
    flows.show(new Condition(FlowState.BLOCKED, reason, hint));
  }

  /** Closes everything in reverse order of its opening. */
  @Override
  public void close() {
    opened.close();
  }
}
