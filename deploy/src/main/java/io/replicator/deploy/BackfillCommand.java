package io.replicator.deploy;

import io.replicator.cassandra.CassandraConnector;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.JmxAccess;
import io.replicator.model.Flow;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code replicator backfill}: sends the present state of a resource down its flow. */
@Command(
    name = "backfill",
    description = {
      "Sends the present state of a resource down its flow, from the flow's origin region, as its"
          + " changes go; without --jmx, by the sandbox that runs here. One agent of that region is"
          + " enough: the order goes to whichever of them has to do it, and on after restarts. Of"
          + " Cassandra's tables it is a capture's process that is asked, and that does it: one"
          + " sends for all nodes.",
      "What was told before is told again only as --repair: then the other regions write it where"
          + " they have lost it. Rows of tables are always written, with their times.",
      "While one is running, another is refused; the same again goes on at its new --rate.",
      "Exit code 1 if none obeys or knows, or one of those named does not answer; 2 for wrong usage."
    },
    mixinStandardHelpOptions = true)
final class BackfillCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AgentJmx jmx;

  @Parameters(paramLabel = "FLOW", description = "As status shows it: s3/photos@us-east-1.")
  private String flow;

  @Option(names = "--prefix", paramLabel = "P", description = "Only keys that begin so.")
  private String prefix = "";

  @Option(
      names = "--table",
      paramLabel = "KEYSPACE.TABLE",
      description = "Only this table, of a Cassandra flow.")
  private String table = "";

  @Option(
      names = "--token-range",
      paramLabel = "FROM:TO",
      description =
          "Only rows with a token above FROM and at most TO, of a Cassandra flow; as nodetool"
              + " describering shows them.")
  private String tokenRange = "";

  @Option(names = "--repair", description = "Also what the other regions were told before.")
  private boolean repair;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "The most keys or rows a second (default: ${DEFAULT-VALUE}).")
  private int rate = 500;

  @Option(names = "--stop", description = "End the backfill that is under way.")
  private boolean stop;

  @Option(names = "--show", description = "Only tell how far the last one has come.")
  private boolean show;

  @Override
  public Integer call() {
    Flow wanted;
    try {
      wanted = Flow.parse(flow);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "FLOW: " + e.getMessage());
    }
    if (show && stop) {
      throw new ParameterException(
          spec.commandLine(), "--show only tells and --stop ends it: write one of them");
    }
    boolean ofTables = !table.isEmpty() || !tokenRange.isEmpty();
    if (ofTables && !prefix.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--prefix is of keys, --table and --token-range are of tables");
    }
    if (ofTables && !isOfTables(wanted)) {
      throw new ParameterException(
          spec.commandLine(),
          "--table and --token-range are for flows of cassandra, and " + wanted + " is none");
    }
    if (!prefix.isEmpty() && isOfTables(wanted)) {
      throw new ParameterException(
          spec.commandLine(),
          "--prefix is of keys; of " + wanted + " say --table or --token-range");
    }
    if (rate < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rate: '" + rate + "' must be 1 or more keys or rows a second");
    }
    return order(wanted);
  }

  private static boolean isOfTables(Flow flow) {
    return flow.resource().store().equals(CassandraConnector.STORE);
  }

  /** Of what part of the resource, as its bean takes it. */
  private String part() {
    String tokens = tokenRange.isEmpty() ? "" : "tokens " + tokenRange;
    return prefix.isEmpty() ? (table + " " + tokens).strip() : prefix;
  }

  private int order(Flow wanted) {
    try (AskedAgents agents = AskedAgents.of(jmx.connections())) {
      if (show) {
        show(agents, wanted);
      } else {
        order(agents.capturing(wanted), wanted);
      }
      List<String> silent = agents.silentOnes();
      silent.forEach(line -> spec.commandLine().getErr().println("replicator: " + line));
      return silent.isEmpty() ? 0 : 1;
    }
  }

  /** The first that can takes it, for all of its region. */
  private void order(List<AskedAgents.Asked> capturing, Flow wanted) {
    List<String> refusals = new ArrayList<>();
    for (AskedAgents.Asked one : capturing) {
      AgentConnection agent = one.connection();
      try {
        Optional<String> answer =
            stop ? agent.stopBackfill(wanted) : agent.backfill(wanted, part(), repair, rate);
        if (answer.isPresent()) {
          System.out.println(answer.get());
          if (!stop) {
            tellMore(wanted, agent);
          }
          return;
        }
        refusals.add(one.name() + " has the flow no more");
      } catch (IllegalStateException e) {
        refusals.add(one.name() + ": " + e.getMessage());
      }
    }
    throw CommandFailure.refused(String.join("\n  ", refusals));
  }

  private void tellMore(Flow wanted, AgentConnection agent) {
    System.out.println(
        "see how far it is: replicator backfill "
            + wanted
            + " --show"
            + (jmx.isNamed() ? " --jmx " + JmxAccess.shown(agent.url()) : ""));
    if (repair && isOfTables(wanted)) {
      System.out.println(
          "--repair adds nothing here: rows of tables are always written, with their times");
    }
  }

  /** An agent that only applies the flow has heard of no order: who has is named then. */
  private static void show(AskedAgents agents, Flow wanted) {
    List<String> refusals = new ArrayList<>();
    Set<String> states = new LinkedHashSet<>();
    for (AskedAgents.Asked one : agents.having(wanted)) {
      try {
        one.connection()
            .backfillState(wanted)
            .filter(text -> !text.isEmpty())
            .ifPresent(states::add);
      } catch (IllegalStateException e) {
        refusals.add(one.name() + ": " + e.getMessage());
      }
    }
    states.forEach(System.out::println);
    if (states.isEmpty()) {
      agents.capturing(wanted);
      refusals.add(
          "no backfill of %s was ordered yet, as far as those asked know".formatted(wanted));
      throw CommandFailure.refused(String.join("\n  ", refusals));
    }
  }
}
