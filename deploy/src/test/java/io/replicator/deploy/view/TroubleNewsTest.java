package io.replicator.deploy.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.List;
import java.util.Map;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class TroubleNewsTest {
  private static final String FLOW = "cassandra/shop@us-west-2 in us-east-1";

  private final TroubleNews news = new TroubleNews();

  @Test
  void aTroubleIsToldOnceHoweverItsFiguresChangeAndSoIsItsEnd() throws Exception {
    assertThat(news.lines(flow("RUNNING", "", 0))).isEmpty();
    assertThat(news.lines(flow("BLOCKED", "3 changes wait for v2", 0)))
        .containsExactly(FLOW + " is BLOCKED: 3 changes wait for v2", "  what mends it: mend it");
    assertThat(news.lines(flow("BLOCKED", "4 changes wait for v2", 0))).isEmpty();
    assertThat(news.lines(flow("BLOCKED", "4 changes wait for v3", 0))).hasSize(2);
    assertThat(news.lines(flow("BLOCKED", "5 changes wait for v2", 0))).isEmpty();

    assertThat(news.lines(flow("DEGRADED", "lost", 0))).first().asString().contains("DEGRADED");
    assertThat(news.lines(flow("DEGRADED", "lost", 0))).isEmpty();
    assertThat(news.lines(flow("RUNNING", "", 0))).containsExactly(FLOW + " is RUNNING again");
    assertThat(news.lines(flow("RUNNING", "", 0))).isEmpty();
    assertThat(news.lines(flow("DEGRADED", "lost", 0))).hasSize(2);
  }

  @Test
  void deadLettersAreToldAgainWhenTheyAreTwiceAsMany() throws Exception {
    assertThat(news.lines(flow("RUNNING", "", 2)))
        .hasSize(2)
        .last()
        .asString()
        .contains("dead-letters list");
    assertThat(news.lines(flow("RUNNING", "", 3))).isEmpty();
    assertThat(news.lines(flow("RUNNING", "", 4))).hasSize(2);
  }

  @Test
  void whileAnAgentDoesNotAnswerThatIsToldOnceAndNobodyIsCalledWell() throws Exception {
    assertThat(news.lines(flow("BLOCKED", "away", 0))).hasSize(2);
    List<AgentStatus> silent = List.of(new AgentStatus.Silent("url", "Connection refused"));
    assertThat(news.lines(silent))
        .containsExactly("agent at url does not answer: Connection refused");
    assertThat(news.lines(silent)).isEmpty();
    assertThat(news.lines(flow("RUNNING", "", 0))).containsExactly("agent at url answers again");
    assertThat(news.lines(flow("STARTING", "", 0))).isEmpty();
    assertThat(news.lines(flow("RUNNING", "", 0))).isEmpty();
  }

  private static List<AgentStatus> flow(String state, String reason, long letters)
      throws MalformedObjectNameException {
    return List.of(
        new AgentStatus.Answered(
            "url",
            0,
            new Bean(
                new ObjectName("replicator:type=Agent"),
                Map.of("Region", "us-east-1", "State", "RUNNING")),
            List.of(
                new Bean(
                    new ObjectName(
                        "replicator:type=Flow,store=cassandra,origin=us-west-2,resource=shop"),
                    Map.of(
                        "Role", "APPLY",
                        "State", state,
                        "Reason", reason,
                        "Hint", state.equals("RUNNING") ? "" : "mend it",
                        "DeadLettered", letters))),
            List.of(),
            List.of()));
  }
}
