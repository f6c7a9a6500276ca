package io.replicator.deploy;

import io.replicator.config.AgentConfig;
import io.replicator.config.ConfigException;
import io.replicator.spi.Connector;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/** An agent's configuration file, read with all connectors that are on the class path. */
final class ConfigFile {
  private ConfigFile() {}

  /** Reads it; every problem at once becomes a usage failure, exit code 2. */
  static AgentConfig read(Path file) {
    List<Connector> connectors =
        ServiceLoader.load(Connector.class).stream().map(ServiceLoader.Provider::get).toList();
    try {
      return AgentConfig.read(file, connectors);
    } catch (ConfigException e) {
      throw CommandFailure.usage(e.getMessage());
    }
  }
}
