package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.JvmFlags;
import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Cassandra server is a region's Cassandra: one node on the loopback address, and the capture
 * beside it.
 */
public final class CassandraServer {
  /** The keyspace that the sandbox replicates whole. */
  public static final String KEYSPACE = "shop";

  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 1}",
          "CREATE TABLE IF NOT EXISTS shop.orders (customer text, id int, item text, amount int,"
              + " tags set<text>, PRIMARY KEY (customer, id)) WITH cdc = true"
              + " AND gc_grace_seconds = 1209600");

  private final String region;
  private final Path folder;
  private final int cqlPort = FreePort.next();
  private final int storagePort = FreePort.next();
  private final int captureJmxPort = FreePort.next();
  private final ServerProcess node;
  private final ServerProcess capture;

  /**
   * Writes the node's configuration; nothing is started.
   *
   * @param folder the region's folder
   * @param configuration the agent's file, which the capture reads, too
   */
  public CassandraServer(Path folder, String region, Path configuration) {
    this.region = region;
    this.folder = folder.toAbsolutePath();
    Path yaml = folder.resolve("cassandra.yaml").toAbsolutePath();
    Path schema = folder.resolve("cassandra.cql").toAbsolutePath();
    try {
      Files.createDirectories(folder);
      Files.writeString(yaml, yaml());
      Files.write(schema, SCHEMA);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + yaml, e);
    }
    node =
        new ServerProcess(
            "cassandra",
            new JavaCommand(
                nodeFlags(yaml),
                JavaCommand.Role.CASSANDRA,
                CassandraServerMain.class.getName(),
                List.of(Integer.toString(cqlPort), schema.toString())),
            folder);
    capture =
        new ServerProcess(
            "cassandra-capture",
            new JavaCommand(
                captureFlags(),
                JavaCommand.Role.CASSANDRA,
                "io.replicator.deploy.Replicator",
                List.of(
                    "cassandra-capture",
                    "--config",
                    configuration.toString(),
                    "--jmx-port",
                    Integer.toString(captureJmxPort))),
            folder);
  }

  /** Returns where clients of the region find it: a port of 127.0.0.1. */
  public int port() {
    return cqlPort;
  }

  /** Returns the node's process, to be started, stopped, killed. */
  public ServerProcess node() {
    return node;
  }

  /** Returns the process of the capture beside it. */
  public ServerProcess capture() {
    return capture;
  }

  /** Returns where the capture's beans are, as a JMX service URL. */
  public String captureJmxUrl() {
    return "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + captureJmxPort + "/jmxrmi";
  }

  /** Returns the section of the agent's configuration about it. */
  String section() {
    return """
      cassandra:
        contact-points: ["127.0.0.1:%1$d"]
        capture: {node: "127.0.0.1:%1$d", directory: "%2$s"}
        resources:
          %3$s: {tables: "%3$s.*"}
    """
        .formatted(cqlPort, folder.resolve("cassandra-capture"), KEYSPACE);
  }

  private List<String> nodeFlags(Path yaml) {
    List<String> flags = new ArrayList<>(JvmFlags.cassandra());
    flags.addAll(
        List.of(
            "-Xms192m",
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dreplicator.log.level=warn",
            "-Dcassandra.config=" + yaml.toUri(),
            "-Dcassandra.storagedir=" + folder.resolve("cassandra"),
            "-Dcassandra-foreground=yes",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.ring_delay_ms=100",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.shutdown_announce_in_ms=0",
            "-Dcassandra.skip_paxos_state_rebuild=true"));
    return flags;
  }

  private static List<String> captureFlags() {
    List<String> flags = new ArrayList<>(JvmFlags.agent());
    flags.addAll(JvmFlags.cassandra());
    return flags;
  }

  private String yaml() {
    return """
    # Written by the sandbox at each start.
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
    # What a cluster needs that is captured.
    cdc_enabled: true
    cdc_block_writes: false
    cdc_on_repair_enabled: false
    commitlog_sync: periodic
    commitlog_sync_period: 10ms
    # Else writers wait whenever a sync of the log takes longer than half of that.
    periodic_commitlog_sync_lag_block: 15s
    commitlog_segment_size: 8MiB
    # Everything here shares one machine, and may be slow.
    cas_contention_timeout: 30s
    write_request_timeout: 30s
    read_request_timeout: 30s
    range_request_timeout: 30s
    """
        .formatted(region, cqlPort, storagePort, folder.resolve("cassandra"));
  }
}
