package io.replicator.cassandra;

import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.fixture.FreePort;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real Cassandra node in a process of its own, on free ports of the loopback. */
final class CassandraNode implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final String name;
  private final Path folder;
  private final int cqlPort = FreePort.next();
  private final int storagePort = FreePort.next();
  private final Map<String, String> settings;
  private Process process;
  private CqlSession session;

  /**
   * @param settings lines of cassandra.yaml that replace or extend what a test's node has
   */
  CassandraNode(String name, Map<String, String> settings) {
    this.name = name;
    this.settings = settings;
    try {
      folder = Files.createTempDirectory("cassandra-" + name);
      Files.createDirectory(lib());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts several at once; returns when all of them answer. */
  static void start(CassandraNode... nodes) {
    Arrays.stream(nodes).forEach(CassandraNode::launch);
    Arrays.stream(nodes).forEach(CassandraNode::awaitReady);
  }

  NodeAddress address() {
    return new NodeAddress("127.0.0.1", cqlPort);
  }

  Path folder() {
    return folder;
  }

  Path cdcDirectory() {
    return folder.resolve("cdc_raw");
  }

  /** Returns where classes lie that only the node has. */
  Path lib() {
    return folder.resolve("lib");
  }

  Path commitLog() {
    return folder.resolve("commitlog");
  }

  /** Returns an ordinary client's session. */
  CqlSession session() {
    return session;
  }

  void launch() {
    try {
      Path yaml = folder.resolve("cassandra.yaml");
      Files.writeString(yaml, yaml());
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(flags());
      command.add("-javaagent:" + jar("jamm"));
      command.addAll(
          List.of(
              "-Xms256m",
              "-Xmx384m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Dcassandra.config=" + yaml.toUri(),
              "-Dcassandra.storagedir=" + folder,
              "-Dcassandra-foreground=yes",
              "-Dcassandra.skip_wait_for_gossip_to_settle=0",
              "-Dcassandra.ring_delay_ms=100",
              "-Dcassandra.superuser_setup_delay_ms=0",
              "-Dcassandra.shutdown_announce_in_ms=0",
              "-Dcassandra.skip_paxos_state_rebuild=true",
              "-cp",
              System.getProperty("java.class.path") + File.pathSeparator + lib(),
              "org.apache.cassandra.service.CassandraDaemon"));
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path log() {
    return folder.resolve("node.log");
  }

  void awaitReady() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              if (!process.isAlive()) {
                List<String> lines = Files.readAllLines(log());
                throw new IllegalStateException(
                    "the node ended:\n"
                        + String.join(
                            "\n", lines.subList(Math.max(0, lines.size() - 25), lines.size())));
              }
              return connects();
            });
  }

  private boolean connects() {
    if (session != null) {
      session.close();
      session = null;
    }
    try {
      session =
          CqlSession.builder()
              .addContactPoint(new InetSocketAddress(InetAddress.getLoopbackAddress(), cqlPort))
              .withLocalDatacenter("datacenter1")
              .withConfigLoader(
                  com.datastax.oss.driver.api.core.config.DriverConfigLoader.fromString(
                      "datastax-java-driver { basic.request.timeout = 60 seconds,"
                          + " advanced.heartbeat.timeout = 60 seconds,"
                          + " advanced.metadata.schema.enabled = false,"
                          + " advanced.control-connection.timeout = 20 seconds,"
                          + " advanced.connection.init-query-timeout = 20 seconds }"))
              .build();
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Ends it as a crash would. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Ends it in order, flushing nothing. */
  void stop() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
    }
  }

  /** Starts it again; returns when it answers. */
  void startAgain() {
    launch();
    awaitReady();
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
    if (process != null) {
      kill();
    }
    if (System.getProperty("replicator.it.keep") != null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String yaml() {
    StringBuilder yaml =
        new StringBuilder(
            """
            cluster_name: %1$s
            partitioner: org.apache.cassandra.dht.Murmur3Partitioner
            num_tokens: 1
            initial_token: 0
            auto_bootstrap: false
            endpoint_snitch: SimpleSnitch
            listen_address: 127.0.0.1
            rpc_address: 127.0.0.1
            native_transport_port: %2$d
            storage_port: %3$d
            seed_provider:
              - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                parameters: [{seeds: "127.0.0.1:%3$d"}]
            commitlog_directory: "%4$s/commitlog"
            cdc_raw_directory: "%4$s/cdc_raw"
            hints_directory: "%4$s/hints"
            saved_caches_directory: "%4$s/saved_caches"
            data_file_directories: ["%4$s/data"]
            materialized_views_enabled: true
            cdc_enabled: true
            cdc_block_writes: false
            cdc_on_repair_enabled: false
            commitlog_sync: periodic
            commitlog_sync_period: 10ms
            periodic_commitlog_sync_lag_block: 15s
            cas_contention_timeout: 60s
            write_request_timeout: 60s
            read_request_timeout: 60s
            range_request_timeout: 60s
            """
                .formatted(name, cqlPort, storagePort, folder));
    settings.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
    if (!settings.containsKey("commitlog_segment_size")) {
      yaml.append("commitlog_segment_size: 8MiB\n");
    }
    return yaml.toString();
  }

  static List<String> flags() {
    try {
      return Files.readAllLines(Path.of("..", "deploy", "cassandra.jvm")).stream()
          .map(String::trim)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String jar(String begin) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Path.of(entry).getFileName().toString().startsWith(begin + "-"))
        .findFirst()
        .orElseThrow();
  }
}
