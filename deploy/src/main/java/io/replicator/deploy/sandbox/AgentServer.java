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
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An agent server is a region's agent in its own JVM, with the mirror embedded: the class, the
 * flags and the kind of configuration file that production has.
 */
public final class AgentServer {
  /** The first agent's; tells a folder of the sandbox. */
  static final String CONFIGURATION = "agent.yaml";

  private static final String MAIN_CLASS = "io.replicator.deploy.Replicator";

  private final int jmxPort = FreePort.next();
  private final Path configuration;
  private final ServerProcess process;

  /**
   * Writes the agent's configuration; nothing is started.
   *
   * @param folder the region's folder
   * @param number tells it from the others of its region; from 1
   * @param region the region's name
   * @param broker the region's Kafka
   * @param stores what it replicates
   * @param peers where other regions' Kafkas are reached, as {@code host:port} by region
   */
  public AgentServer(
      Path folder,
      int number,
      String region,
      Broker broker,
      AgentStores stores,
      Map<String, String> peers) {
    String name = number == 1 ? "agent" : "agent-" + number;
    configuration = folder.resolve(number == 1 ? CONFIGURATION : name + ".yaml");
    try {
      Files.createDirectories(folder);
      Files.writeString(configuration, yaml(region, broker, stores, peers));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + configuration, e);
    }
    process =
        new ServerProcess(
            name,
            new JavaCommand(
                flags(),
                JavaCommand.Role.PRODUCTION,
                MAIN_CLASS,
                List.of("agent", "--config", configuration.toString())),
            folder);
  }

  /** Returns the file the agent reads. */
  public Path configuration() {
    return configuration;
  }

  /** Returns where its beans are, as a JMX service URL. */
  public String jmxUrl() {
    return "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + jmxPort + "/jmxrmi";
  }

  /** Returns the process, to be started, stopped, killed. */
  public ServerProcess process() {
    return process;
  }

  private List<String> flags() {
    List<String> flags = new ArrayList<>(JvmFlags.agent());
    // Found by the AWS SDK's default chain, as a role or a variable would be in production.
    flags.add("-Daws.accessKeyId=" + SandboxFile.ACCESS_KEY);
    flags.add("-Daws.secretAccessKey=" + SandboxFile.SECRET_KEY);
    return flags;
  }

  private String yaml(String region, Broker broker, AgentStores stores, Map<String, String> peers) {
    return """
    # Written by the sandbox at each start.
    region: %s
    kafka:
      bootstrap.servers: "%s"
    peers:
    %s
    # One broker per region here; 3 and 2 (the defaults) where it matters.
    topics: {partitions: 6, replication-factor: 1, min-insync-replicas: 1}
    jmx: {host: 127.0.0.1, port: %d}
    mirror: {mode: embedded}
    stores:
    """
            .formatted(
                region,
                broker.bootstrap(),
                peers.entrySet().stream().map(AgentServer::peer).collect(Collectors.joining("\n")),
                jmxPort)
        + stores.yaml();
  }

  private static String peer(Map.Entry<String, String> peer) {
    return "  %s: {kafka: {bootstrap.servers: \"%s\"}}".formatted(peer.getKey(), peer.getValue());
  }
}
