package io.replicator.deploy.view;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import io.replicator.deploy.status.JmxAccess;
import io.replicator.reading.Throttle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds out of what agents answered what is wrong with any flow, mirror or agent. */
final class Troubles {
  /** A number that stands alone is a figure; one in a name is not. */
  private static final Pattern FIGURE = Pattern.compile("\\b\\d[\\d.,:]*\\b");

  private Troubles() {}

  /** Returns what is wrong, each once, though several agents may say the same. */
  static List<Trouble> of(List<AgentStatus> agents, List<FlowRow> rows) {
    return all(agents, rows).stream().filter(trouble -> !trouble.isNone()).toList();
  }

  /** Returns what is wrong, and of whom nothing is. */
  static Set<Trouble> all(List<AgentStatus> agents, List<FlowRow> rows) {
    Set<Trouble> troubles = new LinkedHashSet<>();
    for (AgentStatus status : agents) {
      String agent = "agent at " + JmxAccess.shown(status.url());
      if (status instanceof AgentStatus.Silent silent) {
        troubles.add(
            new Trouble(agent, "silent", agent + " does not answer: " + silent.reason(), ""));
      } else if (status instanceof AgentStatus.Answered answered) {
        troubles.add(Trouble.none(agent, agent + " answers again"));
        troubles.add(of(process(answered) + answered.region(), answered.agent()));
        for (Bean mirror : answered.mirrors()) {
          troubles.add(
              of("mirror %s -> %s".formatted(mirror.key("source"), answered.region()), mirror));
          troubles.add(clocks(mirror.key("source"), answered.region(), mirror));
        }
        answered.targets().forEach(target -> troubles.add(breaker(agent, target)));
      }
    }
    for (FlowRow row : rows) {
      troubles.addAll(of(row));
    }
    return troubles;
  }

  private static Trouble clocks(String one, String other, Bean mirror) {
    String subject = "clocks of " + one + " and " + other;
    String warning = mirror.text("ClockWarning");
    return warning.isEmpty()
        ? Trouble.none(subject, subject + " agree again")
        : new Trouble(subject, "apart", subject + ": " + warning, "");
  }

  /** One that opened by itself is told by the flows before it. */
  private static Trouble breaker(String agent, Bean target) {
    String resource = target.key("store") + "/" + target.key("resource");
    String bodies = target.key("bodies");
    String subject =
        "breaker before %s, %s"
            .formatted(
                bodies.isEmpty() ? resource : "the bodies of " + resource + " in " + bodies, agent);
    String state = target.text("State");
    return state.startsWith("FORCED")
        ? new Trouble(
            subject,
            state,
            "%s: %s, by an operator's order".formatted(subject, state),
            "call automatic on the bean " + target.name() + " there")
        : Trouble.none(subject, subject + ": goes by what it sees again");
  }

  private static List<Trouble> of(FlowRow row) {
    List<Trouble> troubles = new ArrayList<>();
    String subject = row.name() + " in " + row.region();
    if (row.unheld() > 0) {
      troubles.add(
          new Trouble(
              subject + ", its partitions",
              "unheld",
              "%s: %d partitions are in the hands of no agent that was asked"
                  .formatted(subject, row.unheld()),
              "ask all agents of the region, or wait: after a crash others take them over when the"
                  + " brokers' session time-out has passed"));
    }
    for (Bean flow : row.flows()) {
      troubles.add(of(subject, flow));
      troubles.add(throttle(row, subject, flow));
      long letters = flow.number("DeadLettered");
      if (letters > 0) {
        troubles.add(
            new Trouble(
                subject + ", its dead letters",
                Long.toString(Long.highestOneBit(letters)), // twice as many are news
                with(
                    "%s has set aside %d changes as dead letters; last error %s"
                        .formatted(subject, letters, flow.text("LastErrorTime")),
                    flow.text("LastError")),
                lookAtLetters(row, flow.text("LastErrorHint"))));
      }
    }
    return troubles;
  }

  private static Trouble throttle(FlowRow row, String subject, Bean flow) {
    String whose = subject + ", its throttle";
    if (!flow.text("ThrottledBy").equals("operator")) {
      return Trouble.none(whose, subject + " is throttled by no operator's order any more");
    }
    String limits =
        new Throttle.Rates(
                Math.max(0, flow.number("ApplyRate")), Math.max(0, flow.number("ApplyBytesRate")))
            .words();
    return new Trouble(
        whose,
        limits,
        "%s is throttled by an operator's order: at most %s in each agent"
            .formatted(subject, limits),
        "replicator throttle " + row.name() + " --configured");
  }

  private static String lookAtLetters(FlowRow row, String hint) {
    String look = "replicator dead-letters list --flow " + row.name();
    return hint.isEmpty() ? look : hint + "; then " + look;
  }

  private static Trouble of(String subject, Bean bean) {
    String state = bean.text("State");
    if (state.equals("RUNNING")) {
      return Trouble.none(subject, subject + " is RUNNING again");
    }
    String reason = bean.text("Reason");
    return new Trouble(
        subject,
        state + " " + FIGURE.matcher(reason).replaceAll("#"),
        with(subject + " is " + state, reason),
        bean.text("Hint"));
  }

  private static String process(AgentStatus.Answered agent) {
    return switch (agent.agent().key("type")) {
      case "MirrorProcess" -> "mirror process in ";
      case "CaptureProcess" -> "capture in ";
      default -> "agent in ";
    };
  }

  private static String with(String what, String reason) {
    return reason.isEmpty() ? what : what + ": " + reason;
  }
}
