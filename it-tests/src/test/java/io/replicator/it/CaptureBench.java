package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.JvmFlags;
import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What one capture process gets into Kafka, beside Debezium's connector and beside a bare loop of
 * Cassandra's own log reader that writes nothing: each alone, over the same segments, and counted
 * from when it is warm. Without Debezium's jars, which only {@code -Pbench} fetches, its ratio is
 * left out.
 */
class CaptureBench {
  private static final int ROWS = Integer.getInteger("replicator.bench.rows", 100_000);

  /** As many as are counted: by then all that is run often is compiled. */
  private static final int WARM_UP = ROWS;

  /**
   * Rows a second while the segments are written, 0 for all that the node takes: the slower, the
   * smaller are their sections.
   */
  private static final int RATE = Integer.getInteger("replicator.bench.capture-rate", 0);

  private static final int ROUNDS = Integer.getInteger("replicator.bench.capture-rounds", 1);
  private static final int PARTITIONS = 6;
  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final Pattern COUNTED = Pattern.compile("mutations (\\d+) nanos (\\d+)");
  private static TwoRegions regions;
  private static CassandraServer cassandra;
  private static CqlSession session;
  private static Rows rows;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    // A region alone: what is captured is carried nowhere, which would take its processors, too.
    regions =
        TwoRegions.startedAsInProduction(
            TwoRegions.layout(EAST).withStores(Set.of(SandboxStore.CASSANDRA)), region -> {});
    cassandra = regions.region(EAST).cassandra().orElseThrow();
    session = CqlClient.open(cassandra.port());
    session.execute("CREATE TABLE shop." + Rows.TABLE + " WITH cdc = true");
    rows = new Rows(session);
  }

  @AfterAll
  static void stop() {
    session.close();
    regions.close();
  }

  @Test
  void captureBesideDebeziumAndABareLoopOverTheSameSegments() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      compare(round);
    }
  }

  private void compare(int round) throws Exception {
    ServerProcess capture = cassandra.capture();
    capture.stop();
    rows.write((long) round * (WARM_UP + ROWS), WARM_UP + ROWS, RATE, row -> {});
    Path segments = copy(Files.createDirectories(folder.resolve("segments-" + round)));
    double bare = bareLoop(segments);
    Arrivals arrivals = Arrivals.after(broker(), TopicNames.changes(flow()));
    capture.start();
    double ours = pace(arrivals, () -> {});
    capture.stop();
    System.out.printf(
        "BENCH capture into Kafka: ours %.0f mutations/s; a bare loop, which writes nothing,"
            + " %.0f/s, ratio %.2f%n",
        ours, bare, ours / bare);
    Optional<Path> jars = DebeziumConnector.jars();
    if (jars.isEmpty()) {
      System.out.println("BENCH Debezium's jars were not fetched (-Pbench does): no ratio");
    } else {
      double theirs = debezium(jars.get(), round, segments);
      System.out.printf(
          "BENCH capture into Kafka: ours %.0f mutations/s, Debezium %.0f/s, ratio %.2f%n",
          ours, theirs, ours / theirs);
    }
    capture.start();
    capture.awaitReady(Duration.ofSeconds(90));
  }

  private static Flow flow() {
    return Flow.parse("cassandra/" + CassandraServer.KEYSPACE + "@" + EAST);
  }

  private static String broker() {
    return regions.region(EAST).broker().bootstrap();
  }

  /** Waits for all, and returns how many a second came after the warm-up. */
  private static double pace(Arrivals arrivals, Runnable check) {
    List<Long> millis = arrivals.await(WARM_UP + ROWS, PATIENCE, check);
    return ROWS * 1e3 / (millis.get(WARM_UP + ROWS - 1) - millis.get(WARM_UP - 1));
  }

  /** Copies the segments that wait, as files that the node has done with. */
  private static Path copy(Path to) throws IOException {
    String raw =
        session
            .execute("SELECT value FROM system_views.settings WHERE name = 'cdc_raw_directory'")
            .one()
            .getString(0);
    try (Stream<Path> files = Files.list(Path.of(raw))) {
      for (Path file : files.toList()) {
        Path copy = Files.copy(file, to.resolve(file.getFileName()));
        if (copy.toString().endsWith(".idx") && Files.readAllLines(copy).size() == 1) {
          Files.writeString(copy, "\nCOMPLETED", StandardOpenOption.APPEND);
        }
      }
    }
    return to;
  }

  private double debezium(Path jars, int round, Path segments) throws Exception {
    String topic = DebeziumConnector.topic(CassandraServer.KEYSPACE, "bench");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker()))) {
      if (!admin.listTopics().names().get().contains(topic)) {
        NewTopic like =
            new NewTopic(topic, PARTITIONS, (short) 1)
                .configs(Map.of("message.timestamp.type", "LogAppendTime"));
        admin.createTopics(List.of(like)).all().get();
      }
    }
    Arrivals arrivals = Arrivals.after(broker(), topic);
    Path own = Files.createDirectories(folder.resolve("debezium-" + round));
    try (DebeziumConnector connector =
        new DebeziumConnector(jars, own, segments, cassandra.port(), broker())) {
      return pace(arrivals, connector::checkAlive);
    }
  }

  private double bareLoop(Path segments) throws IOException, InterruptedException {
    String id =
        session
            .execute(
                "SELECT id FROM system_schema.tables WHERE keyspace_name = 'shop' AND table_name ="
                    + " 'bench'")
            .one()
            .getUuid(0)
            .toString();
    Process loop =
        new ProcessBuilder(
                new JavaCommand(
                        JvmFlags.cassandra(),
                        JavaCommand.Role.CASSANDRA,
                        "io.replicator.cassandra.log.BareLogLoop",
                        List.of(
                            folder.toString(),
                            segments.toString(),
                            CassandraServer.KEYSPACE,
                            id,
                            "CREATE TABLE " + Rows.TABLE,
                            Integer.toString(WARM_UP)))
                    .argv())
            .redirectErrorStream(true)
            .start();
    String output = new String(loop.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher counted = COUNTED.matcher(output);
    assertThat(counted.find()).as(output).isTrue();
    long mutations = Long.parseLong(counted.group(1));
    assertThat(mutations).as(output).isGreaterThanOrEqualTo(ROWS);
    return mutations * 1e9 / Long.parseLong(counted.group(2));
  }
}
