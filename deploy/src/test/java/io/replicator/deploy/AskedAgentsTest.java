package io.replicator.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import io.replicator.model.Flow;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class AskedAgentsTest {
  private static final Flow EAST = Flow.parse("cassandra/shop@us-east-1");
  private static final Flow WEST = Flow.parse("cassandra/shop@us-west-2");

  @Test
  void onlyThoseWhomAnOrderConcernsAreFound() throws Exception {
    try (AskedAgents agents = agents()) {
      assertThat(agents.having(EAST))
          .extracting(AskedAgents.Asked::name)
          .containsExactly(
              "the capture of us-east-1 at 127.0.0.1:2", "the agent of us-west-2 at 127.0.0.1:3");
      assertThat(agents.capturing(EAST, "a capture"))
          .extracting(AskedAgents.Asked::name)
          .containsExactly("the capture of us-east-1 at 127.0.0.1:2");
      assertThat(agents.applying(EAST))
          .extracting(AskedAgents.Asked::name)
          .containsExactly("the agent of us-west-2 at 127.0.0.1:3");
    }
  }

  @Test
  void anUnknownFlowOrRegionIsAnsweredByWhatThereIs() throws Exception {
    try (AskedAgents agents = agents()) {
      for (String wrong : List.of("cassandra/shp@us-east-1", "cassandra/shop@us-east-2")) {
        assertThatThrownBy(() -> agents.having(Flow.parse(wrong)))
            .isInstanceOf(CommandFailure.class)
            .hasMessageContaining("no flow '" + wrong + "'")
            .hasMessageContaining("did you mean 'cassandra/shop@us-east-1'?")
            .hasMessageContaining("known are: cassandra/shop@us-east-1, cassandra/shop@us-west-2")
            .hasMessageContaining("the agent at 127.0.0.1:4 does not answer: Connection refused");
      }
    }
  }

  @Test
  void whoWouldHaveToBeAskedForAFlowThatBeginsElsewhereIsSaid() throws Exception {
    try (AskedAgents agents = agents()) {
      assertThatThrownBy(() -> agents.capturing(WEST, "a capture's process"))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("a capture's process of us-west-2");
    }
  }

  private static AskedAgents agents() throws MalformedObjectNameException {
    return new AskedAgents(
        List.of(
            answered(1, "Agent", "us-east-1", flow(WEST, "APPLY")),
            answered(2, "CaptureProcess", "us-east-1", flow(EAST, "CAPTURE")),
            answered(3, "Agent", "us-west-2", flow(EAST, "APPLY")),
            asked(4, new AgentStatus.Silent(url(4), "Connection refused"))));
  }

  private static AskedAgents.Asked answered(int port, String type, String region, Bean... flows)
      throws MalformedObjectNameException {
    Bean process = new Bean(new ObjectName("replicator:type=" + type), Map.of("Region", region));
    return asked(
        port, new AgentStatus.Answered(url(port), 0, process, Arrays.asList(flows), List.of()));
  }

  private static AskedAgents.Asked asked(int port, AgentStatus status) {
    return new AskedAgents.Asked(new AgentConnection(url(port), Map.of()), status);
  }

  private static String url(int port) {
    return "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi";
  }

  private static Bean flow(Flow flow, String role) throws MalformedObjectNameException {
    return new Bean(
        new ObjectName(
            "replicator:type=Flow,store=%s,resource=%s,origin=%s"
                .formatted(flow.resource().store(), flow.resource().name(), flow.origin())),
        Map.of("Role", role));
  }
}
