package io.replicator.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.sandbox.SandboxRegistry;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.JmxAccess;
import io.replicator.deploy.status.StatusJson;
import io.replicator.deploy.view.StatusTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicator status}: how every flow does. */
@Command(
    name = "status",
    description = {
      "Shows every flow of the agents asked; without --jmx, of the sandbox that runs here.",
      "Exit code 1 if an agent does not answer."
    },
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  private static final long SAMPLE_MILLIS = 1_000;

  @Option(names = "--json", description = "Print the beans' attributes as JSON.")
  private boolean json;

  @Option(
      names = "--jmx",
      paramLabel = "URL",
      description =
          "An agent's JMX: host:port, or a service:jmx: URL. May be given several times, once per"
              + " region.")
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

  @Override
  public Integer call() throws InterruptedException, JsonProcessingException {
    Map<String, Object> environment = JmxAccess.environment(user, passwordFile, tls);
    List<AgentConnection> agents =
        urls().stream().map(url -> new AgentConnection(url, environment)).toList();
    List<AgentStatus> now = read(agents);
    if (json) {
      System.out.println(
          new ObjectMapper()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsString(StatusJson.of(now)));
    } else {
      List<AgentStatus> before = now;
      TimeUnit.MILLISECONDS.sleep(SAMPLE_MILLIS);
      now = read(agents);
      new StatusTable(before, now).lines().forEach(System.out::println);
    }
    return now.stream().allMatch(AgentStatus.Answered.class::isInstance) ? 0 : 1;
  }

  private static List<AgentStatus> read(List<AgentConnection> agents) {
    return agents.parallelStream().map(AgentConnection::read).toList();
  }

  private List<String> urls() {
    if (!urls.isEmpty()) {
      return urls.stream().map(JmxAccess::url).toList();
    }
    JsonNode file =
        SandboxFile.read(
            SandboxRegistry.ofUser()
                .find(Optional.ofNullable(folder).map(Path::toAbsolutePath))
                .folder());
    List<String> found = new ArrayList<>();
    file.path("regions").forEach(region -> found.add(region.at("/jmx/agent").asText()));
    return found;
  }
}
