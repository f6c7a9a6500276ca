package io.replicator.it;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.Broker;
import io.replicator.deploy.sandbox.SandboxLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The broker host is where the brokers of a test run: as processes, or, with {@code
 * -Dreplicator.it.kafka=container}, in containers.
 */
final class BrokerHost implements Broker.Host, AutoCloseable {
  static final String PROPERTY = "replicator.it.kafka";

  private final List<ContainerBroker> containers = new ArrayList<>();

  /** Returns the layout with the brokers at their place. */
  SandboxLayout place(SandboxLayout layout) {
    return inContainers() ? layout.withBrokers(this) : layout;
  }

  @Override
  public Server server(Path folder, Path file) {
    ContainerBroker broker = new ContainerBroker(folder, file);
    containers.add(broker);
    return broker;
  }

  @Override
  public void close() {
    containers.forEach(ContainerBroker::close);
  }

  /** Tells whether brokers were asked to run in containers. */
  static boolean inContainers() {
    String where = System.getProperty(PROPERTY, "process");
    return switch (where) {
      case "process" -> false;
      case "container" -> true;
      default ->
          throw new IllegalArgumentException(
              "-D" + PROPERTY + " must be process or container, not '" + where + "'");
    };
  }
}
