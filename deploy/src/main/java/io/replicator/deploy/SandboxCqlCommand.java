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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox cql}: carries out a statement, for a machine without a CQL client. */
@Command(
    name = "cql",
    description =
        "Carries out a CQL statement in one region of a running sandbox, whose keyspace shop is"
            + " replicated, and prints the rows that it returns.",
    mixinStandardHelpOptions = true)
final class SandboxCqlCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Where; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(arity = "1..*", paramLabel = "CQL", description = "The statement.")
  private List<String> words;

  @Override
  public Integer call() {
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
      ResultSet rows = session.execute(String.join(" ", words));
      int count = 0;
      for (Row row : rows) {
        System.out.println(row.getFormattedContents());
        count++;
      }
      System.out.printf("%s: %s%n", region, count == 0 ? "done" : count + " rows");
      return 0;
    } catch (DriverException e) {
      throw CommandFailure.refused("the statement failed in " + region + ": " + e.getMessage(), e);
    }
  }
}
