package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.mirror.Mirror;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;

/**
 * The agent of one region: captures what was written here, mirrors what was written elsewhere, and
 * applies it. Closing it is orderly; killing it is survived.
 */
public final class Agent implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Region here;
  private final Clocks clocks = Clocks.system();
  private final String id;
  private final AgentHealth health = new AgentHealth("agent");
  private final Opened opened = new Opened();
  private final Supplier<AgentConfig> file;

  /** What is read from now on has just arrived. */
  private volatile boolean caughtUp;

  private final Reloads reloads = new Reloads(clocks.wall());

  private Agent(AgentConfig config, Supplier<AgentConfig> file) {
    this.config = config;
    this.file = file;
    this.here = config.region();
    this.id = Stamp.newIncarnation(clocks.wall().instant(), Stamp.newCapture());
  }

  /**
   * Starts an agent; returns when all its flows are open. Waits while the local Kafka is away.
   *
   * @param file reads the configuration again, for a reload; throws a {@link
   *     io.replicator.config.ConfigException} if it cannot be used
   * @throws ReplicationException of kind FATAL if it must not run: another region's Kafka, topics
   *     with other partitions, a port that is taken
   */
  public static Agent start(AgentConfig config, Supplier<AgentConfig> file)
      throws InterruptedException {
    Agent agent = new Agent(config, file);
    boolean started = false;
    try {
      agent.open();
      started = true;
      return agent;
    } finally {
      if (!started) {
        agent.close();
      }
    }
  }

  private void open() throws InterruptedException {
    Stores stores = opened.keep(new Stores(config.stores()));
    Beans beans = opened.keep(new Beans());
    beans.register(
        Beans.AGENT, new Beans.AgentBean(here, id, clocks.wall().instant(), health, reloads));
    opened.jmx(config.jmx());

    String name = "replicator-" + id;
    KafkaClients kafka = new KafkaClients(config.kafka().options(), name);
    Groundwork groundwork = new Groundwork(config, kafka, name, health);
    Map<String, String> topics = groundwork.lay();
    Timer timer = opened.keep(new Timer(2));
    Producer<byte[], byte[]> local = kafka.producer("local");
    opened.keep(() -> local.close(SILENCE));
    Controls controls = new Controls(TopicNames.control(here), local);
    Mirror mirror = opened.keep(new Mirror(config, clocks));
    StatusBoard board =
        new StatusBoard(
            TopicNames.status(here),
            local,
            clocks,
            config.topics().retention(),
            status -> heard(status, mirror));
    read(kafka, controls, board);
    caughtUp = true;
    controls.caughtUp();
    Admin admin = kafka.admin();
    opened.keep(() -> admin.close(SILENCE));
    TopicIds topicIds = opened.keep(new TopicIds(admin, topics, timer));

    Shares shares = new Shares(Runtime.getRuntime().maxMemory(), config.resources());
    shares.check();
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
            shares,
            id);
    for (ResourceConfig resource : config.resources()) {
      flows.open(resource);
    }
    health.running();
    Timer.Handle watch =
        timer.every(Duration.ofSeconds(1), () -> watch(flows, board, mirror, kafka));
    opened.keep(watch::cancel);
    opened.keep(reloads);
    reloads.ready(new Reload(config, file, groundwork, stores, topicIds, flows));
  }

  private void read(KafkaClients kafka, Controls controls, StatusBoard board)
      throws InterruptedException {
    LocalReader reader = opened.keep(new LocalReader(kafka));
    reader.add(TopicNames.control(here), controls::read);
    reader.addStatus(TopicNames.status(here), board::read);
    for (Region peer : config.peers().keySet()) {
      reader.addStatus(TopicNames.status(peer), board::read);
    }
    reader.start();
  }

  private void heard(Status status, Mirror mirror) {
    Region region = new Region(status.region());
    if (region.equals(here)) {
      return;
    }
    Instant sent = Instant.ofEpochMilli(status.sentMillis());
    mirror.heardFrom(region, sent);
    if (caughtUp) {
      mirror.compareClocks(region, status.agent(), sent, status.ageOf(id));
    }
  }

  /** Publishes the status, and sees by its acknowledgement whether the local Kafka answers. */
  private void watch(Flows flows, StatusBoard board, Mirror mirror, KafkaClients kafka) {
    board.publish(flows.status(id, mirror.ages()));
    if (board.acknowledged().plus(SILENCE).isAfter(clocks.steady().instant())) {
      health.running();
      flows.show(Condition.RUNNING);
      flows.watch();
      return;
    }
    String reason = "the local Kafka at " + kafka.bootstrapServers() + " does not acknowledge";
    String hint = "look at the local brokers; nothing is lost meanwhile";
    health.blocked(reason, hint);
    flows.show(new Condition(FlowState.BLOCKED, reason, hint));
  }

  /** Has the configuration read again, soon; what comes of it is in the log and on the bean. */
  public void reload() {
    reloads.request();
  }

  /** Closes everything in reverse order of its opening. */
  @Override
  public void close() {
    opened.close();
  }
}
