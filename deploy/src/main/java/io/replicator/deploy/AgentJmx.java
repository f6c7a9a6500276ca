package io.replicator.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.sandbox.SandboxRegistry;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.JmxAccess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which agents a command speaks to, and how: options that several commands share. */
final class AgentJmx {
  @Option(
      names = "--jmx",
      paramLabel = "URL",
      description =
          "An agent's JMX: host:port, or a service:jmx: URL. May be given several times, once per"
              + " agent.")
  private List<String> urls = List.of();

  @Option(names = "--user", description = "Who asks, where JMX wants to know.")
  private String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "A file whose first line is the user's password.")
  private Path passwordFile;

  @Option(
      names = "--tls",
      description =
          "The agents' JMX speaks TLS. Trusted certificates: REPLICATOR_OPTS="
              + "-Djavax.net.ssl.trustStore=FILE.")
  private boolean tls;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The sandbox's folder; needed only if several run.")
  private Path folder;

  /** Returns connections to the agents named, or else to those of the sandbox that runs here. */
  List<AgentConnection> connections() {
    Map<String, Object> environment = JmxAccess.environment(user, passwordFile, tls);
    return urls().stream().map(url -> new AgentConnection(url, environment)).toList();
  }

  /** Tells whether agents were named, rather than a sandbox's meant. */
  boolean isNamed() {
    return !urls.isEmpty();
  }

  private static String url(String given) {
    String url = JmxAccess.url(given);
    if (!JmxAccess.isUrl(url)) {
      throw CommandFailure.usage(
          "--jmx: '" + given + "' is no place of an agent: write host:port, or a service:jmx: URL");
    }
    return url;
  }

  private List<String> urls() {
    if (!urls.isEmpty()) {
      return urls.stream().map(AgentJmx::url).toList();
    }
    JsonNode file =
        SandboxFile.read(
            SandboxRegistry.ofUser()
                .find(Optional.ofNullable(folder).map(Path::toAbsolutePath))
                .folder());
    List<String> found = new ArrayList<>();
    file.path("regions")
        .forEach(region -> region.path("jmx").forEach(url -> found.add(url.asText())));
    return found;
  }
}
