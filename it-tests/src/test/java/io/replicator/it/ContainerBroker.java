package io.replicator.it;

import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import io.replicator.deploy.process.ProcessEnd;
import io.replicator.deploy.process.Server;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A container broker is a region's Kafka in a container: with the settings, and on the ports of
 * 127.0.0.1, that it would have as a process. It keeps its data until it is removed.
 */
final class ContainerBroker implements Server, AutoCloseable {
  private static final String IMAGE =
      System.getProperty("replicator.it.kafka.image", "apache/kafka:4.3.1");
  private static final String STARTER = "/tmp/testcontainers_start.sh";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path folder;
  private final Path file;
  private final DockerClient docker = DockerClientFactory.instance().client();
  private String local = "";
  private KafkaContainer container;

  ContainerBroker(Path folder, Path file) {
    this.folder = folder;
    this.file = file;
  }

  @Override
  public String name() {
    return "kafka";
  }

  @Override
  public void start() {
    if (container != null) {
      docker.startContainerCmd(container.getContainerId()).exec();
      return;
    }
    Properties settings = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      settings.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    local = addresses(settings.getProperty("advertised.listeners")).get(0);
    container = new Container(settings);
    container.start();
  }

  @Override
  public void awaitReady(Duration most) {
    Map<String, Object> client =
        Map.of(
            "bootstrap.servers",
            local,
            "default.api.timeout.ms",
            2_000,
            "request.timeout.ms",
            1_000);
    await()
        .atMost(most)
        .ignoreExceptions()
        .until(
            () -> {
              try (Admin admin = Admin.create(client)) {
                return admin.describeCluster().nodes().get().size() == 1;
              }
            });
  }

  @Override
  public boolean isReady() {
    return isAlive();
  }

  @Override
  public Optional<ProcessEnd> end() {
    return Optional.empty();
  }

  @Override
  public void stop() {
    if (isAlive()) {
      docker.stopContainerCmd(container.getContainerId()).withTimeout(10).exec();
    }
  }

  @Override
  public void kill() {
    if (isAlive()) {
      docker.killContainerCmd(container.getContainerId()).exec();
      await().atMost(PATIENCE).until(() -> !isAlive());
    }
  }

  @Override
  public boolean isAlive() {
    return container != null
        && Boolean.TRUE.equals(
            docker.inspectContainerCmd(container.getContainerId()).exec().getState().getRunning());
  }

  @Override
  public long pid() {
    return -1; // it has one, in a namespace of its own
  }

  @Override
  public Path log() {
    return folder.resolve("kafka.log");
  }

  @Override
  public List<String> command() {
    return container == null ? List.of() : List.of("docker", "start", container.getContainerId());
  }

  /** Keeps its log and removes it. */
  @Override
  public void close() {
    if (container != null) {
      try {
        Files.writeString(log(), container.getLogs());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        container.stop();
      }
    }
  }

  private static List<String> addresses(String listeners) {
    List<String> addresses = new ArrayList<>();
    for (String listener : listeners.split(",", -1)) {
      addresses.add(listener.substring(listener.indexOf("://") + 3));
    }
    return addresses;
  }

  /** Kafka's container with the settings of the file, in place of those that it has by itself. */
  private static final class Container extends KafkaContainer {
    private final Properties settings;

    Container(Properties settings) {
      super(DockerImageName.parse(IMAGE).asCompatibleSubstituteFor("apache/kafka"));
      this.settings = settings;
      List<Integer> ports = new ArrayList<>();
      List<String> bindings = new ArrayList<>();
      for (String listener : settings.getProperty("listeners").split(",", -1)) {
        if (!listener.startsWith("CONTROLLER:")) {
          String port = listener.substring(listener.lastIndexOf(':') + 1);
          ports.add(Integer.valueOf(port));
          bindings.add("127.0.0.1:" + port + ":" + port); // the same after a restart
        }
      }
      setExposedPorts(ports);
      setPortBindings(bindings);
    }

    @Override
    protected void configure() {
      Map<String, String> variables = new TreeMap<>();
      for (String name : settings.stringPropertyNames()) {
        if (!name.startsWith("sandbox.") && !name.equals("log.dirs")) {
          variables.put(
              "KAFKA_" + name.replace('.', '_').toUpperCase(Locale.ROOT),
              settings.getProperty(name));
        }
      }
      variables.computeIfPresent(
          "KAFKA_LISTENERS", (name, at) -> at.replace("//127.0.0.1", "//0.0.0.0"));
      variables.put("CLUSTER_ID", settings.getProperty("sandbox.cluster.id"));
      variables.put("KAFKA_HEAP_OPTS", "-Xmx256m -Xms128m");
      withEnv(variables);
    }

    @Override
    protected void containerIsStarting(InspectContainerResponse info) {
      // What the container waits for before it starts Kafka; the addresses are known beforehand.
      copyFileToContainer(
          Transferable.of("#!/bin/bash\nexec /etc/kafka/docker/run\n", 0777), STARTER);
    }
  }
}
