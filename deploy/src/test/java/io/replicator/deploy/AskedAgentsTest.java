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
              "the capture of us-east-1 at 127.0.0.1:2",
              "the agent of us-west-2 at 127.0.0.1:3",
              "the agent of us-west-2 at 127.0.0.1:5");
      assertThat(agents.capturing(EAST))
          .extracting(AskedAgents.Asked::name)
          .containsExactly("the capture of us-east-1 at 127.0.0.1:2");
      assertThat(agents.applyingByRegion(EAST))
          .containsExactly(List.of(agents.all().get(2), agents.all().get(4)));
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
  void onlyWhoAppliesAFlowIsToldToThrottleIt() throws Exception {
    AskedAgents.Asked both = answered(1, "Agent", "us-east-1", flow(EAST, "CAPTURE+APPLY"));
    AskedAgents.Asked captures = answered(2, "Agent", "us-east-1", flow(EAST, "CAPTURE"));
    try (AskedAgents agents = new AskedAgents(List.of(captures, both))) {
      assertThat(agents.applyingByRegion(EAST)).containsExactly(List.of(both));
    }
    try (AskedAgents agents = new AskedAgents(List.of(captures))) {
      assertThatThrownBy(() -> agents.applyingByRegion(EAST))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("name an agent of a region that applies it by --jmx");
    }
  }

  @Test
  void whoWouldHaveToBeAskedForAFlowThatBeginsElsewhereIsSaid() throws Exception {
    try (AskedAgents agents = agents()) {
      assertThatThrownBy(() -> agents.capturing(WEST))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("name a capture (HOST:PORT, a node and the --jmx-port")
          .hasMessageContaining("of us-west-2, its origin region");
    }
  }

  @Test
  void anAgentOfTheOwnRegionOfTablesSendsTheOperatorToACapture() throws Exception {
    try (AskedAgents agents = new AskedAgents(agents().all().subList(0, 1))) {
      assertThatThrownBy(() -> agents.having(EAST))
          .isInstanceOf(CommandFailure.class)
          .hasMessage(
              "agents do not have the flow cassandra/shop@us-east-1 in its own region: name a capture"
                  + " (HOST:PORT, a node and the --jmx-port of its cassandra-capture) of us-east-1"
                  + " by --jmx");
      assertThatThrownBy(() -> agents.having(Flow.parse("cassandra/audit@us-east-1")))
          .hasMessageContaining("known are: cassandra/shop@us-west-2")
          .hasMessageContaining("what begins in us-east-1 of cassandra is asked of a capture");
    }
  }

  @Test
  void aCaptureOfAnotherRegionTellsWhereTheFlowsEndsAre() throws Exception {
    try (AskedAgents agents =
        new AskedAgents(
            List.of(answered(1, "CaptureProcess", "us-west-2", flow(WEST, "CAPTURE"))))) {
      assertThatThrownBy(() -> agents.having(EAST))
          .isInstanceOf(CommandFailure.class)
          .hasMessage(
              "captures have the flow of their own region alone, here cassandra/shop@us-west-2;"
                  + " cassandra/shop@us-east-1 is at a capture (HOST:PORT, a node and the --jmx-port"
                  + " of its cassandra-capture) of us-east-1 and at any agent of a region that"
                  + " applies it: name one of them by --jmx");
    }
  }

  @Test
  void whereNobodyAnswersNothingIsSaidOfFlows() {
    try (AskedAgents agents =
        new AskedAgents(List.of(asked(4, new AgentStatus.Silent(url(4), "Connection refused"))))) {
      assertThatThrownBy(() -> agents.having(EAST))
          .isInstanceOf(CommandFailure.class)
          .hasMessage("the agent at 127.0.0.1:4 does not answer: Connection refused");
    }
  }

  @Test
  void anOrderIsForEachRegionOnce() throws Exception {
    try (AskedAgents agents = agents()) {
      assertThat(agents.havingByRegion(EAST))
          .extracting(region -> region.stream().map(AskedAgents.Asked::name).toList())
          .containsExactly(
              List.of("the capture of us-east-1 at 127.0.0.1:2"),
              List.of(
                  "the agent of us-west-2 at 127.0.0.1:3",
                  "the agent of us-west-2 at 127.0.0.1:5"));
    }
  }

  @Test
  void aGapIsAcceptedByEachCaptureThatSaysSomethingAndByOneAgentOfARegion() throws Exception {
    List<AskedAgents.Asked> all =
        List.of(
            answered(1, "CaptureProcess", "us-east-1", flow(EAST, "CAPTURE", "DEGRADED")),
            answered(2, "CaptureProcess", "us-east-1", flow(EAST, "CAPTURE", "RUNNING")),
            answered(3, "CaptureProcess", "us-east-1", flow(EAST, "CAPTURE", "DEGRADED")),
            answered(4, "Agent", "us-west-2", flow(EAST, "APPLY", "RUNNING")),
            answered(5, "Agent", "us-west-2", flow(EAST, "APPLY", "DEGRADED")));
    try (AskedAgents agents = new AskedAgents(all)) {
      assertThat(agents.missingByRegion(EAST))
          .containsExactly(
              List.of(all.get(0)), List.of(all.get(2)), List.of(all.get(4), all.get(3)));
    }
    AskedAgents.Asked origin = answered(6, "Agent", "us-east-2", flow(EAST, "CAPTURE", "RUNNING"));
    try (AskedAgents agents = new AskedAgents(List.of(origin, all.get(4)))) {
      assertThat(agents.missingByRegion(EAST)).containsExactly(List.of(all.get(4)));
    }
    try (AskedAgents agents = new AskedAgents(all.subList(1, 2))) {
      assertThat(agents.missingByRegion(EAST)).containsExactly(all.subList(1, 2));
    }
  }

  private static AskedAgents agents() throws MalformedObjectNameException {
    return new AskedAgents(
        List.of(
            answered(1, "Agent", "us-east-1", flow(WEST, "APPLY")),
            answered(2, "CaptureProcess", "us-east-1", flow(EAST, "CAPTURE")),
            answered(3, "Agent", "us-west-2", flow(EAST, "APPLY")),
            asked(4, new AgentStatus.Silent(url(4), "Connection refused")),
            answered(5, "Agent", "us-west-2", flow(EAST, "APPLY"))));
  }

  private static AskedAgents.Asked answered(int port, String type, String region, Bean... flows)
      throws MalformedObjectNameException {
    Bean process = new Bean(new ObjectName("replicator:type=" + type), Map.of("Region", region));
    return asked(
        port,
        new AgentStatus.Answered(
            url(port), 0, process, Arrays.asList(flows), List.of(), List.of()));
  }

  private static AskedAgents.Asked asked(int port, AgentStatus status) {
    return new AskedAgents.Asked(new AgentConnection(url(port), Map.of()), status);
  }

  private static String url(int port) {
    return "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi";
  }

  private static Bean flow(Flow flow, String role) throws MalformedObjectNameException {
    return flow(flow, role, "RUNNING");
  }

  private static Bean flow(Flow flow, String role, String state)
      throws MalformedObjectNameException {
    return new Bean(
        new ObjectName(
            "replicator:type=Flow,store=%s,resource=%s,origin=%s"
                .formatted(flow.resource().store(), flow.resource().name(), flow.origin())),
        Map.of("Role", role, "State", state));
  }
}
