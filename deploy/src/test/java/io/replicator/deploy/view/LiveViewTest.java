package io.replicator.deploy.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** The screen tells what is wrong with flows that it has no row for. */
class LiveViewTest {
  private static Bean flow(String resource, String state, String reason, String hint)
      throws Exception {
    return new Bean(
        new ObjectName("replicator:type=Flow,store=s3,origin=us-west-2,resource=" + resource),
        Map.of("Role", "APPLY", "State", state, "Reason", reason, "Hint", hint));
  }

  private static List<AgentStatus> agent(List<Bean> flows) throws Exception {
    return List.of(
        new AgentStatus.Answered(
            "url",
            0,
            new Bean(
                new ObjectName("replicator:type=Agent"),
                Map.of("Region", "us-east-1", "State", "RUNNING")),
            flows,
            List.of(),
            List.of()));
  }

  @Test
  void whatIsBlockedOrDegradedIsShownWithItsReasonAndMend() throws Exception {
    List<String> lines =
        LiveView.troubles(
            agent(
                List.of(
                    flow("photos", "BLOCKED", "no room for key dot/../x " + "x ".repeat(80), "go"),
                    flow("songs", "DEGRADED", "2 changes never came", "send them again"),
                    flow("films", "RUNNING", "", ""))));
    assertThat(String.join("\n", lines))
        .contains("s3/photos@us-west-2 in us-east-1 is BLOCKED: no room for key dot/../x")
        .contains("what mends it: go")
        .contains("s3/songs@us-west-2 in us-east-1 is DEGRADED: 2 changes never came")
        .doesNotContain("films");
    assertThat(lines).allMatch(line -> line.length() <= 104);
  }

  @Test
  void whileAllIsWellThereIsNothing() throws Exception {
    assertThat(LiveView.troubles(agent(List.of(flow("photos", "RUNNING", "", ""))))).isEmpty();
  }

  @Test
  void manyTroublesLeaveRoomForTheTable() throws Exception {
    List<Bean> flows =
        IntStream.range(0, 40)
            .mapToObj(
                number -> {
                  try {
                    return flow("r" + number, "BLOCKED", "why", "mend");
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                })
            .toList();
    assertThat(LiveView.troubles(agent(flows))).hasSize(12).last().asString().contains("status");
  }
}
