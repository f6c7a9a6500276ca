package io.replicator.deploy.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class StatusTableTest {
  private static final String URL = "service:jmx:rmi:///jndi/rmi://127.0.0.1:1/jmxrmi";

  @Test
  void showsEveryFlowOfEveryRegionWithItsFigures() throws Exception {
    List<AgentStatus> before =
        List.of(
            agent("us-east-1", 0, flow("CAPTURE", 100)), agent("us-west-2", 0, flow("APPLY", 90)));
    List<AgentStatus> now =
        List.of(
            agent("us-east-1", 2_000_000_000L, flow("CAPTURE", 120)),
            agent("us-west-2", 2_000_000_000L, flow("APPLY", 115)));
    assertThat(new StatusTable(before, now).lines())
        .containsExactly(
            "FLOW                  REGION     ROLE     AGENTS  STATE       LAG  PENDING  TIME TO LOSS  PER SECOND  TOTAL  DEAD LETTERS",
            "sqs/orders@us-east-1  us-east-1  capture       1  RUNNING  230 ms        5      4 d 00 h        10.0    120             0",
            "sqs/orders@us-east-1  us-west-2  apply         1  RUNNING  230 ms        5      4 d 00 h        12.5    115             0");
  }

  @Test
  void aFlowWithBothEndsInOneRegionCountsWhatHasArrivedThere() throws Exception {
    List<AgentStatus> now =
        List.of(
            agent("us-west-2", 0, flow("APPLY", 90)),
            agent("us-east-1", 0, flow("CAPTURE+APPLY", 100)));
    assertThat(new StatusTable(now, now).lines().subList(1, 3))
        .containsExactly(
            "sqs/orders@us-east-1  us-east-1  capture+apply       1  RUNNING  230 ms        5      4 d 00 h           -    100             0",
            "sqs/orders@us-east-1  us-west-2  apply               1  RUNNING  230 ms        5      4 d 00 h           -     90             0");
  }

  @Test
  void theAgentsOfARegionAreOneRow() throws Exception {
    Map<String, Object> late = flow("APPLY", 10);
    late.put("Partitions", 2);
    late.put("LagMillis", 9_000L);
    late.put("TimeToLossMillis", 60_000L);
    late.put("State", "DEGRADED");
    late.put("Reason", "2 changes never came");
    Map<String, Object> soon = flow("APPLY", 20);
    soon.put("Partitions", 1);
    Map<String, Object> idle = flow("APPLY", 0);
    idle.put("Partitions", 0);
    idle.put("LagMillis", -1L);
    idle.put("PendingChanges", 0L);
    List<AgentStatus> now =
        List.of(
            agent("us-west-2", 0, soon), agent("us-west-2", 0, late), agent("us-west-2", 0, idle));
    assertThat(new StatusTable(now, now).lines())
        .hasSize(4)
        .contains(
            "sqs/orders@us-east-1  us-west-2  apply       3  DEGRADED  9.0 s       10      1 m 00 s           -     30             0",
            "sqs/orders@us-east-1 in us-west-2 is DEGRADED: 2 changes never came");
    late.put("TopicPartitions", 6);
    soon.put("TopicPartitions", 6);
    List<AgentStatus> dying = List.of(agent("us-west-2", 0, soon), agent("us-west-2", 0, late));
    assertThat(new StatusTable(dying, dying).lines())
        .contains(
            "sqs/orders@us-east-1 in us-west-2: 3 partitions are in the hands of no agent that was asked")
        .anyMatch(line -> line.contains("DEGRADED    -        -             -"));
    late.remove("TopicPartitions");
    soon.remove("TopicPartitions");
    soon.put("LagMillis", -1L);
    List<AgentStatus> unknown = List.of(agent("us-west-2", 0, soon), agent("us-west-2", 0, late));
    assertThat(new StatusTable(unknown, unknown).lines().get(1)).contains("DEGRADED    -  ");
  }

  @Test
  void saysWhyAFlowDoesNotRunAndWhatMendsIt() throws Exception {
    Map<String, Object> blocked = flow("APPLY", 1);
    blocked.put("State", "BLOCKED");
    blocked.put("Reason", "the queue orders is missing");
    blocked.put("Hint", "create it");
    List<AgentStatus> now = List.of(agent("us-west-2", 0, blocked));
    assertThat(new StatusTable(now, now).lines())
        .contains(
            "sqs/orders@us-east-1 in us-west-2 is BLOCKED: the queue orders is missing",
            "  what mends it: create it");
  }

  @Test
  void tellsOfDeadLettersThoughTheFlowRuns() throws Exception {
    Map<String, Object> flow = flow("APPLY", 1);
    flow.put("DeadLettered", 3L);
    flow.put("LastError", "checksum does not fit");
    flow.put("LastErrorHint", "look at the topic");
    List<AgentStatus> now = List.of(agent("us-west-2", 0, flow));
    assertThat(new StatusTable(now, now).lines())
        .anyMatch(line -> line.contains("3 changes as dead letters") && line.contains("checksum"))
        .anyMatch(
            line ->
                line.startsWith(
                    "  what mends it: look at the topic; then replicator dead-letters list --flow "
                        + "sqs/orders@us-east-1"));
  }

  @Test
  void aFlowThatAnOperatorThrottledSaysSoThoughItRuns() throws Exception {
    Map<String, Object> flow = flow("APPLY", 1);
    flow.put("ApplyRate", 5L);
    flow.put("ApplyBytesRate", -1L);
    flow.put("ThrottledBy", "configuration");
    List<AgentStatus> two = List.of(agent("us-west-2", 0, flow), agent("us-west-2", 0, flow));
    assertThat(new StatusTable(two, two).troubles()).isEmpty();
    flow.put("ThrottledBy", "operator");
    two = List.of(agent("us-west-2", 0, flow), agent("us-west-2", 0, flow));
    assertThat(new StatusTable(two, two).troubles())
        .containsExactly(
            "",
            "sqs/orders@us-east-1 in us-west-2 is throttled by an operator's order: at most 5"
                + " changes/s, any number of bytes in each agent",
            "  what mends it: replicator throttle sqs/orders@us-east-1 --configured");
  }

  @Test
  void aBreakerThatAnOperatorHoldsSaysSoAndWhereItIsLetGo() throws Exception {
    Map<String, Object> flow = flow("APPLY", 1);
    List<AgentStatus> own =
        List.of(agent("us-west-2", 0, flow, target("", "OPEN"), target(",bodies=eu", "CLOSED")));
    assertThat(new StatusTable(own, own).troubles()).isEmpty();
    List<AgentStatus> forced =
        List.of(
            agent(
                "us-west-2",
                0,
                flow,
                target("", "FORCED_CLOSED"),
                target(",bodies=eu", "FORCED_OPEN")));
    assertThat(new StatusTable(forced, forced).troubles())
        .containsExactly(
            "",
            "breaker before s3/uploads, agent at 127.0.0.1:1: FORCED_CLOSED, by an operator's order",
            "  what mends it: call automatic on the bean"
                + " replicator:type=Target,store=s3,resource=uploads there",
            "breaker before the bodies of s3/uploads in eu, agent at 127.0.0.1:1: FORCED_OPEN, by"
                + " an operator's order",
            "  what mends it: call automatic on the bean"
                + " replicator:type=Target,store=s3,resource=uploads,bodies=eu there");
  }

  private static Bean target(String bodies, String state) throws MalformedObjectNameException {
    return new Bean(
        new ObjectName("replicator:type=Target,store=s3,resource=uploads" + bodies),
        Map.of("State", state));
  }

  @Test
  void anAgentThatDoesNotAnswerIsSaidNotLeftOut() throws Exception {
    List<AgentStatus> now =
        List.of(
            new AgentStatus.Silent(URL, "Connection refused"),
            agent("us-west-2", 0, flow("APPLY", 1)));
    assertThat(new StatusTable(now, now).lines())
        .anyMatch(line -> line.contains("us-west-2") && line.contains("RUNNING"))
        .contains("agent at 127.0.0.1:1 does not answer: Connection refused");
  }

  @Test
  void aCountThatWentBackAfterARestartHasNoRate() throws Exception {
    List<AgentStatus> before = List.of(agent("us-west-2", 0, flow("APPLY", 1_000)));
    List<AgentStatus> now = List.of(agent("us-west-2", 1_000_000_000L, flow("APPLY", 1)));
    assertThat(new StatusTable(before, now).lines().get(1)).contains("  -  ");
  }

  @Test
  void showsHowFarClocksAreApartAndWarnsWhereItMatters() throws Exception {
    Map<String, Object> mirror = new HashMap<>();
    mirror.put("State", "RUNNING");
    mirror.put("HeartbeatAgeMillis", 700L);
    assertThat(mirrors(mirror))
        .contains("mirror us-east-1 -> us-west-2: RUNNING, last heartbeat 700 ms ago");
    mirror.put("ClockSkewMillis", -3_600_000L);
    mirror.put("ClockSkewErrorMillis", 40L);
    mirror.put("ClockWarning", "the clock of agent a is off; keep both by NTP");
    assertThat(mirrors(mirror))
        .contains(
            "mirror us-east-1 -> us-west-2: RUNNING, last heartbeat 700 ms ago, clock 1 h 00 m behind"
                + " ± 40 ms",
            "clocks of us-east-1 and us-west-2: the clock of agent a is off; keep both by NTP");
  }

  private static List<String> mirrors(Map<String, Object> mirror) throws Exception {
    List<AgentStatus> now =
        List.of(
            new AgentStatus.Answered(
                URL,
                0,
                new Bean(
                    new ObjectName("replicator:type=Agent"),
                    Map.of("Region", "us-west-2", "State", "RUNNING")),
                List.of(),
                List.of(
                    new Bean(new ObjectName("replicator:type=Mirror,source=us-east-1"), mirror)),
                List.of()));
    return new StatusTable(now, now).lines();
  }

  private static Map<String, Object> flow(String role, long count) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("Role", role);
    attributes.put("State", "RUNNING");
    attributes.put("LagMillis", 230L);
    attributes.put("PendingChanges", 5L);
    attributes.put("TimeToLossMillis", 4L * 24 * 60 * 60 * 1_000);
    attributes.put(role.equals("CAPTURE") ? "Captured" : "Applied", count);
    attributes.put("DeadLettered", 0L);
    return attributes;
  }

  private static AgentStatus agent(
      String region, long nanos, Map<String, Object> flow, Bean... targets)
      throws MalformedObjectNameException {
    return new AgentStatus.Answered(
        URL,
        nanos,
        new Bean(
            new ObjectName("replicator:type=Agent"), Map.of("Region", region, "State", "RUNNING")),
        List.of(
            new Bean(
                new ObjectName("replicator:type=Flow,store=sqs,resource=orders,origin=us-east-1"),
                flow)),
        List.of(),
        List.of(targets));
  }
}
