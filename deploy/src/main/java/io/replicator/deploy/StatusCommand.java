package io.replicator.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.StatusJson;
import io.replicator.deploy.view.StatusTable;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private AgentJmx jmx;

  @Override
  public Integer call() throws InterruptedException, JsonProcessingException {
    List<AgentConnection> agents = jmx.connections();
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
}
