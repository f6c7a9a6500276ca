package io.replicator.deploy;

import io.replicator.config.AgentConfig;
import io.replicator.config.ConfigException;
import io.replicator.spi.Connector;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/** An agent's configuration file, read with all connectors that are on the class path. */
final class ConfigFile {
  private ConfigFile() {}

  /** Reads it; every problem at once becomes a usage failure, exit code 2. */
  static AgentConfig read(Path file) {
    return usable(() -> AgentConfig.read(file, connectors()));
  }

  /** Reads it likewise for a process that only mirrors: it may be without stores. */
  static AgentConfig readForMirror(Path file) {
    return usable(() -> AgentConfig.readForMirror(file, connectors()));
  }

  /** Returns what reads it again, and throws a {@link ConfigException} with every problem. */
  static Supplier<AgentConfig> again(Path file) {
    return () -> AgentConfig.read(file, connectors());
  }

  private static List<Connector> connectors() {
    return ServiceLoader.load(Connector.class).stream().map(ServiceLoader.Provider::get).toList();
  }

  private static AgentConfig usable(Supplier<AgentConfig> reading) {
    try {
      return reading.get();
    } catch (ConfigException e) {
      throw CommandFailure.usage(e.getMessage());
    }
  }
}
