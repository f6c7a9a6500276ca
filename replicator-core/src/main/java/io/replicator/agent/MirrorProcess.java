package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.mirror.Mirror;
import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mirror of one region in a process of its own, where the agents do not run it. Any number per
 * region: they share the work.
 */
public final class MirrorProcess implements AutoCloseable {
  static final String BEAN = "replicator:type=MirrorProcess";
  private static final Logger LOG = LoggerFactory.getLogger(MirrorProcess.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final AgentHealth health = new AgentHealth("mirror process");
  private final Opened opened = new Opened();

  private MirrorProcess(AgentConfig config) {
    this.config =
        config.with(new MirrorConfig(MirrorConfig.Mode.EMBEDDED, config.mirror().options()));
    if (config.mirror().mode() == MirrorConfig.Mode.EMBEDDED) {
      LOG.warn(
          "mirror.mode is embedded: the agents of {} mirror, too, and share the work with this"
              + " process; say mirror: external in their file to leave it to this one",
          config.region());
    }
  }

  /**
   * Starts the mirror whatever the configuration says of who runs it; returns when it runs. Waits
   * while the local Kafka is away.
   *
   * @throws ReplicationException of kind FATAL if it must not run: another region's Kafka, topics
   *     with other partitions, a port that is taken
   */
  public static MirrorProcess start(AgentConfig config) throws InterruptedException {
    MirrorProcess process = new MirrorProcess(config);
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
    Clocks clocks = Clocks.system();
    String id = Stamp.newIncarnation(clocks.wall().instant(), Stamp.newCapture());
    Beans beans = opened.keep(new Beans());
    beans.register(
        BEAN, new Beans.ProcessBean(config.region(), id, clocks.wall().instant(), health));
    opened.jmx(config.jmx());

    String name = "replicator-mirror-" + id;
    KafkaClients kafka = new KafkaClients(config.kafka().options(), name);
    new Groundwork(config, kafka, name, health).layForMirror();
    Mirror mirror = opened.keep(new Mirror(config, clocks));
    LocalReader reader = opened.keep(new LocalReader(kafka));
    for (Region peer : config.peers().keySet()) {
      reader.addStatus(
          TopicNames.status(peer),
          line ->
              StatusBoard.parse(line)
                  .ifPresent(
                      status ->
                          mirror.heardFrom(
                              new Region(status.region()),
                              Instant.ofEpochMilli(status.sentMillis()))));
    }
    if (!config.peers().isEmpty()) {
      reader.start();
    }
    health.running();
    Admin admin = kafka.admin();
    opened.keep(() -> admin.close(CLOSE_LIMIT));
    Timer timer = opened.keep(new Timer(1));
    timer.every(LOOK, () -> look(admin, kafka));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback takes note of failures, too
  private void look(Admin admin, KafkaClients kafka) {
    admin
        .describeCluster()
        .clusterId()
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                health.running();
              } else {
                health.blocked(
                    "the local Kafka at "
                        + kafka.bootstrapServers()
                        + " does not answer: "
                        + failure.getMessage(),
                    "look at the local brokers; the mirror goes on by itself");
              }
            });
  }

  /** Closes everything in reverse order of its opening. */
  @Override
  public void close() {
    opened.close();
  }
}
