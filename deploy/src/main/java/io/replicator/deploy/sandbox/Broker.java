package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/**
 * A broker is a region's Kafka: one process, its own controller, on the loopback address.
 *
 * <p>It has a listener LOCAL for its own region and one for each of the others, since it tells its
 * clients the address at which to come back: for another region's, the link by which they came.
 */
public final class Broker {
  /** Room for the largest SQS message with its attributes, four times over. */
  private static final int LARGEST_RECORD_BYTES = 4 * 1024 * 1024;

  private static final List<String> FLAGS =
      List.of(
          "-Xms128m",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:MaxDirectMemorySize=96m",
          "-Dreplicator.log.level=warn");

  /** A host runs brokers. */
  public interface Host {
    /**
     * Returns a broker, not started yet.
     *
     * @param folder where its log goes
     * @param file its settings, which are read when it is started for the first time
     */
    Server server(Path folder, Path file);
  }

  private final int port = FreePort.next();
  private final int controllerPort = FreePort.next();
  private final Map<String, Integer> linkPorts = new TreeMap<>();
  private final Server process;

  /**
   * Writes the broker's configuration; nothing is started.
   *
   * @param folder the region's folder
   * @param linkAddresses where the links to this broker listen, by the region at the other end: the
   *     ports that clients from there are sent to
   * @param host where it will run
   */
  public Broker(Path folder, Map<String, Integer> linkAddresses, Host host) {
    linkAddresses.keySet().forEach(region -> linkPorts.put(region, FreePort.next()));
    Path file = folder.resolve("kafka.properties");
    try {
      Files.createDirectories(folder);
      try (Writer writer = Files.newBufferedWriter(file)) {
        properties(folder, linkAddresses).store(writer, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    process = host.server(folder, file);
  }

  /** A process on this machine. */
  static Server process(Path folder, Path file) {
    return new ServerProcess(
        "kafka",
        new JavaCommand(
            FLAGS, JavaCommand.Role.SANDBOX, BrokerMain.class.getName(), List.of(file.toString())),
        folder);
  }

  /** Returns where clients of the same region find it, as {@code host:port}. */
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /** Returns the port behind the link to a region. */
  public int linkPort(String region) {
    return linkPorts.get(region);
  }

  /** Returns the process, to be started, stopped, killed. */
  public Server process() {
    return process;
  }

  private Properties properties(Path folder, Map<String, Integer> linkAddresses) {
    Properties properties = new Properties();
    properties.setProperty(BrokerMain.CLUSTER_ID, Uuid.randomUuid().toString());
    properties.setProperty("process.roles", "broker,controller");
    properties.setProperty("node.id", "1");
    properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    properties.setProperty("controller.listener.names", "CONTROLLER");
    properties.setProperty(
        "listeners", listeners(linkPorts) + ",CONTROLLER://127.0.0.1:" + controllerPort);
    properties.setProperty("advertised.listeners", listeners(linkAddresses));
    properties.setProperty("inter.broker.listener.name", "LOCAL");
    properties.setProperty(
        "listener.security.protocol.map",
        Stream.concat(
                Stream.of("LOCAL", "CONTROLLER"), linkPorts.keySet().stream().map(Broker::listener))
            .map(name -> name + ":PLAINTEXT")
            .collect(Collectors.joining(",")));
    properties.setProperty("log.dirs", folder.resolve("kafka-data").toString());
    // A killed broker is back when its old session has expired: 4 s in place of 20.
    properties.setProperty("broker.session.timeout.ms", "2000");
    properties.setProperty("broker.heartbeat.interval.ms", "500");
    properties.setProperty("message.max.bytes", Integer.toString(LARGEST_RECORD_BYTES));
    properties.setProperty("replica.fetch.max.bytes", Integer.toString(LARGEST_RECORD_BYTES));
    properties.setProperty("auto.create.topics.enable", "false");
    properties.setProperty("offsets.topic.replication.factor", "1");
    properties.setProperty("offsets.topic.num.partitions", "5");
    properties.setProperty("transaction.state.log.replication.factor", "1");
    properties.setProperty("transaction.state.log.min.isr", "1");
    properties.setProperty("transaction.state.log.num.partitions", "5");
    properties.setProperty("share.coordinator.state.topic.replication.factor", "1");
    properties.setProperty("share.coordinator.state.topic.min.isr", "1");
    properties.setProperty("group.initial.rebalance.delay.ms", "0");
    // A killed agent's partitions are free again after 6 s in place of 45.
    properties.setProperty("group.consumer.min.session.timeout.ms", "6000");
    properties.setProperty("group.consumer.session.timeout.ms", "6000");
    properties.setProperty("group.consumer.min.heartbeat.interval.ms", "1000");
    properties.setProperty("group.consumer.heartbeat.interval.ms", "1000");
    // The cleaner's buffer would be half of the heap.
    properties.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
    return properties;
  }

  private String listeners(Map<String, Integer> links) {
    return Stream.concat(
            Stream.of("LOCAL://127.0.0.1:" + port),
            links.entrySet().stream()
                .map(link -> listener(link.getKey()) + "://127.0.0.1:" + link.getValue()))
        .collect(Collectors.joining(","));
  }

  private static String listener(String region) {
    return "LINK_" + region.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
