package io.replicator.deploy.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.deploy.process.Supervised;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * Runs a Kafka broker that is its own controller. Its one argument is a properties file, with the
 * cluster's id beside the broker's own settings.
 */
public final class BrokerMain {
  static final String CLUSTER_ID = "sandbox.cluster.id";

  /** A user whom the broker knows from the start, as {@code kafka-storage --add-scram} takes it. */
  static final String SCRAM = "sandbox.scram";

  private BrokerMain() {}

  /** Formats the storage where it is new, starts the broker and serves until SIGTERM. */
  public static void main(String[] arguments) throws Exception {
    Supervised.begin();
    Properties properties = read(Path.of(arguments[0]));
    format(properties);
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "broker-stop"));
    server.startup();
    Supervised.ready();
    server.awaitShutdown();
  }

  private static Properties read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  private static void format(Properties properties) throws Exception {
    new Formatter()
        .setNodeId(Integer.parseInt(properties.getProperty("node.id")))
        .setClusterId(properties.getProperty(CLUSTER_ID))
        .setDirectories(List.of(properties.getProperty("log.dirs")))
        .setControllerListenerName(properties.getProperty("controller.listener.names"))
        .setIgnoreFormatted(true)
        .setScramArguments(Optional.ofNullable(properties.getProperty(SCRAM)).stream().toList())
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), true, UTF_8))
        .run();
  }
}
