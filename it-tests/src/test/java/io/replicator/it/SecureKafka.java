package io.replicator.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.fixture.BrokerSecurity;
import io.replicator.fixture.Certificate;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Two regions' Kafkas that take only users by SCRAM over TLS, and agents that are told how to get
 * in: their own region's password and trust store from files, the other's from the environment.
 */
final class SecureKafka {
  static final String USER = "replicator";
  static final String PEER_PASSWORD = "PEER_KAFKA_PASSWORD";

  /** Part of every secret, and of nothing else. */
  static final String SECRET = "hunter2";

  private static final String STORE_PASSWORD = "hunter2-truststore";

  private final Path folder;
  private final Map<String, Certificate> brokers = new HashMap<>();

  SecureKafka(Path folder, List<String> regions) {
    this.folder = folder;
    for (String region : regions) {
      Certificate broker = Certificate.make(folder, region, "hunter2-keystore");
      brokers.put(region, broker);
      broker.truststore(folder.resolve(region + ".jks"), "JKS", STORE_PASSWORD);
      write(folder.resolve(region + ".pem"), broker.pem());
      write(passwordFile(region), password(region) + "\n");
    }
    write(folder.resolve("truststore.password"), STORE_PASSWORD);
  }

  /** Returns the password of the user in a region's Kafka. */
  static String password(String region) {
    return "hunter2-" + region;
  }

  /** Returns the file from which a region's agents have the password of their own Kafka. */
  Path passwordFile(String region) {
    return folder.resolve(region + ".password");
  }

  /** Returns the options of a client of a region's Kafka. */
  Map<String, Object> client(SandboxRegion region) {
    Map<String, Object> options =
        new HashMap<>(
            BrokerSecurity.scramClient(brokers.get(region.name()), USER, password(region.name())));
    options.put("bootstrap.servers", region.broker().bootstrap());
    return options;
  }

  /** Rewrites a region's configurations, before anything of it is started. */
  void secure(SandboxRegion region, String peer) {
    region.agents().forEach(agent -> secure(agent, region.name(), peer));
    Path file = region.agent().configuration().resolveSibling("kafka.properties");
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> listeners =
        Stream.of(properties.getProperty("listener.security.protocol.map").split(",", -1))
            .map(entry -> entry.substring(0, entry.indexOf(':')))
            .filter(listener -> !listener.equals("CONTROLLER"))
            .toList();
    String password = password(region.name());
    properties.putAll(BrokerSecurity.scram(listeners, brokers.get(region.name()), USER, password));
    properties.setProperty("sandbox.scram", BrokerSecurity.scramUser(USER, password));
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void secure(AgentServer agent, String region, String peer) {
    agent.process().setVariable(PEER_PASSWORD, password(peer));
    String jks =
        options(
            "${file:" + passwordFile(region) + "}",
            "ssl.truststore.location: "
                + folder.resolve(region + ".jks")
                + ", ssl.truststore.type: JKS, ssl.truststore.password: '${file:"
                + folder.resolve("truststore.password")
                + "}'");
    String pem =
        options(
            "${env:" + PEER_PASSWORD + "}",
            "ssl.truststore.type: PEM, ssl.truststore.certificates: '${file:"
                + folder.resolve(peer + ".pem")
                + "}'");
    String text =
        read(agent.configuration())
            .replaceFirst(
                "(?m)^kafka:\\s+bootstrap.servers: (\\S+)$", "kafka: {bootstrap-servers: $1}");
    write(
        agent.configuration(),
        text.replaceAll("bootstrap\\.servers: \"([^\"]*)\"", "$0" + quoted(pem))
            .replaceAll(
                "bootstrap-servers: \"([^\"]*)\"", "bootstrap.servers: \"$1\"" + quoted(jks)));
  }

  private static String options(String password, String trust) {
    return ", security.protocol: SASL_SSL, sasl.mechanism: SCRAM-SHA-512, sasl.jaas.config: '"
        + BrokerSecurity.jaas(USER, password)
        + "', "
        + trust;
  }

  private static String quoted(String replacement) {
    return java.util.regex.Matcher.quoteReplacement(replacement);
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.write(file, text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
