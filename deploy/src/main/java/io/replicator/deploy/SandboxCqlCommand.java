package io.replicator.deploy;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.fasterxml.jackson.databind.JsonNode;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxFile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code replicator sandbox cql}: carries out statements, for a machine without a CQL client. */
@Command(
    name = "cql",
    description =
        "Carries out CQL statements in one region of a running sandbox, whose keyspace shop is"
            + " replicated, one after the other up to the first that fails, and prints the rows that"
            + " each returns.",
    mixinStandardHelpOptions = true)
final class SandboxCqlCommand implements Callable<Integer> {
  /** What is meant as one: a comment has a space. */
  private static final Pattern OPTION = Pattern.compile("--?[A-Za-z][\\w-]*(=\\S*)?");

  @Spec private CommandSpec spec;

  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Where; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(arity = "1..*", paramLabel = "CQL", description = "One or more, with ; between.")
  private List<String> words;

  /** A script may begin with {@code -- a comment}, which looks like an option. */
  static void takeComments(CommandLine command) {
    command.setUnmatchedOptionsArePositionalParams(true);
  }

  @Override
  public Integer call() {
    List<String> statements = statements();
    JsonNode regions = SandboxFile.read(sandbox.find().folder()).path("regions");
    List<String> names = new ArrayList<>();
    regions.fieldNames().forEachRemaining(names::add);
    if (!names.contains(region)) {
      throw CommandFailure.usage(
          "--region: '%s' is no region of the sandbox: it has %s"
              .formatted(region, String.join(", ", names)));
    }
    JsonNode cassandra = regions.path(region).path("cassandra");
    if (cassandra.isMissingNode()) {
      throw CommandFailure.refused(
          "this sandbox runs without Cassandra: start one with --stores cassandra");
    }
    try (CqlSession session = CqlClient.open(cassandra.path("port").asInt())) {
      session.execute("USE " + cassandra.path("keyspace").asText());
      for (int i = 0; i < statements.size(); i++) {
        try {
          execute(session, statements.get(i));
        } catch (DriverException e) {
          throw CommandFailure.refused(failed(statements, i) + e.getMessage(), e);
        }
      }
      return 0;
    } catch (DriverException e) {
      throw CommandFailure.refused(
          "the node of " + region + " does not answer: " + e.getMessage(), e);
    }
  }

  private List<String> statements() {
    List<String> options = words.stream().filter(OPTION.asMatchPredicate()).toList();
    if (!options.isEmpty()) {
      throw new UnmatchedArgumentException(spec.commandLine(), options);
    }
    List<String> statements;
    try {
      statements = CqlScript.statements(String.join(" ", words));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("CQL: " + e.getMessage());
    }
    if (statements.isEmpty()) {
      throw CommandFailure.usage("CQL: there is no statement in '" + String.join(" ", words) + "'");
    }
    return statements;
  }

  private void execute(CqlSession session, String statement) {
    ResultSet rows = session.execute(statement);
    boolean isOfRows = rows.getColumnDefinitions().size() > 0;
    int count = 0;
    for (Row row : rows) {
      System.out.println(row.getFormattedContents());
      count++;
    }
    System.out.printf("%s: %s%n", region, isOfRows ? count + " rows" : "done");
  }

  /** One alone need not be named. */
  private String failed(List<String> statements, int at) {
    return statements.size() == 1
        ? "the statement failed in " + region + ": "
        : "statement %d of %d failed in %s, and none behind it was tried: '%s': "
            .formatted(at + 1, statements.size(), region, statements.get(at));
  }
}
