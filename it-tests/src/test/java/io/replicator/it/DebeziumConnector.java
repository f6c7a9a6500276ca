package io.replicator.it;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.JvmFlags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * Debezium's connector for Cassandra 5, in a process of its own: what the pace of our capture is
 * held against. It reads a folder of segments, takes the schema from the node that wrote them, and
 * writes JSON without schemas by a producer with the settings of ours. It is spared what costs it
 * most: a write of its offset file for each change, the wait of a second for the rest of a batch,
 * and the log.
 */
final class DebeziumConnector implements AutoCloseable {
  private static final String PREFIX = "debezium";
  private static final String MAIN_CLASS = "io.debezium.connector.cassandra.CassandraConnectorTask";
  private static final String CONVERTER = "org.apache.kafka.connect.json.JsonConverter";

  private final Path folder;
  private final Process process;

  /**
   * Starts it.
   *
   * @param jars of the connector and all it needs
   * @param folder for its own files; exists
   * @param segments to read; it moves them away
   * @param cqlPort of the node that wrote them
   * @param bootstrapServers of the Kafka to write to, where its topic is
   */
  DebeziumConnector(Path jars, Path folder, Path segments, int cqlPort, String bootstrapServers)
      throws IOException {
    this.folder = folder;
    Path configuration = folder.resolve("debezium.properties");
    try (Writer writer = Files.newBufferedWriter(configuration)) {
      properties(cqlPort, bootstrapServers).store(writer, null);
    }
    Files.writeString(folder.resolve("cassandra.yaml"), yaml(segments));
    Files.writeString(folder.resolve("driver.conf"), driver(cqlPort));
    Files.writeString(
        folder.resolve("logback.xml"),
        """
        <configuration>
          <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%d %p %c %m%n</pattern></encoder>
          </appender>
          <root level="WARN"><appender-ref ref="OUT"/></root>
        </configuration>
        """);
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(JvmFlags.cassandra());
    argv.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Dlogback.configurationFile=" + folder.resolve("logback.xml"),
            "-Dcassandra.storagedir=" + folder,
            "-cp",
            jars + "/*",
            MAIN_CLASS,
            configuration.toString()));
    process =
        new ProcessBuilder(argv).redirectErrorStream(true).redirectOutput(log().toFile()).start();
  }

  /** Returns where its jars are; empty where the build did not fetch them. */
  static Optional<Path> jars() {
    return Optional.of(Path.of(System.getProperty("replicator.debezium.lib", "none")))
        .filter(Files::isDirectory);
  }

  /** Returns the topic that it writes a table's changes to, and does not create. */
  static String topic(String keyspace, String table) {
    return PREFIX + "." + keyspace + "." + table;
  }

  /**
   * @throws IllegalStateException if it has ended by itself; holds what it logged
   */
  void checkAlive() {
    if (!process.isAlive()) {
      try {
        throw new IllegalStateException("Debezium has ended: " + Files.readString(log()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Path log() {
    return folder.resolve("debezium.log");
  }

  private Properties properties(int cqlPort, String bootstrapServers) {
    Properties properties = new Properties();
    properties.setProperty("topic.prefix", PREFIX);
    properties.setProperty("cassandra.node.id", "127.0.0.1:" + cqlPort);
    properties.setProperty("cassandra.config", folder.resolve("cassandra.yaml").toString());
    properties.setProperty(
        "cassandra.driver.config.file", folder.resolve("driver.conf").toString());
    properties.setProperty("snapshot.mode", "NEVER");
    properties.setProperty("http.port", Integer.toString(FreePort.next()));
    properties.setProperty("commit.log.relocation.dir", folder.resolve("read").toString());
    properties.setProperty("commit.log.post.processing.enabled", "false");
    properties.setProperty("offset.backing.store.dir", folder.resolve("offsets").toString());
    properties.setProperty("offset.flush.interval.ms", "200");
    properties.setProperty("max.offset.flush.size", "5000");
    properties.setProperty("poll.interval.ms", "50");
    for (String converter : List.of("key.converter", "value.converter")) {
      properties.setProperty(converter, CONVERTER);
      properties.setProperty(converter + ".schemas.enable", "false");
    }
    String producer = "kafka.producer.";
    properties.setProperty(producer + "bootstrap.servers", bootstrapServers);
    properties.setProperty(producer + "acks", "all");
    properties.setProperty(producer + "linger.ms", "2");
    properties.setProperty(producer + "batch.size", Integer.toString(64 << 10));
    properties.setProperty(producer + "compression.type", "lz4");
    return properties;
  }

  private String yaml(Path segments) {
    return """
    cluster_name: debezium
    partitioner: org.apache.cassandra.dht.Murmur3Partitioner
    endpoint_snitch: SimpleSnitch
    listen_address: 127.0.0.1
    rpc_address: 127.0.0.1
    seed_provider:
      - class_name: org.apache.cassandra.locator.SimpleSeedProvider
        parameters: [{seeds: "127.0.0.1"}]
    commitlog_directory: "%1$s/commitlog"
    cdc_raw_directory: "%2$s"
    hints_directory: "%1$s/hints"
    saved_caches_directory: "%1$s/saved_caches"
    data_file_directories: ["%1$s/data"]
    cdc_enabled: true
    commitlog_sync: periodic
    commitlog_sync_period: 10ms
    commitlog_segment_size: 8MiB
    """
        .formatted(folder, segments);
  }

  private static String driver(int cqlPort) {
    return """
    datastax-java-driver {
      basic.contact-points = ["127.0.0.1:%d"]
      basic.load-balancing-policy.local-datacenter = datacenter1
      basic.request.timeout = 30 seconds
    }
    """
        .formatted(cqlPort);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
