package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import io.replicator.cassandra.Comparison;
import io.replicator.cassandra.RandomCql;
import io.replicator.cassandra.RandomCql.Compared;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A chaos oracle judges what both regions show in the end by what the writers know, and by nothing
 * of Replicator's.
 */
final class ChaosOracle implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** The node's log is synced every 10 ms, on a machine that may be slow. */
  private static final long FORGOTTEN_MILLIS = 2_000;

  /** What may be under way when something fails, and be sent again. */
  private static final int REPEATS_A_FAULT = 100;

  private final ChaosRegions regions;
  private final Map<String, Postbox> standard = new HashMap<>();
  private final Map<String, Postbox> ordered = new HashMap<>();

  /** Begins to empty the queues in which letters arrive. */
  ChaosOracle(ChaosRegions regions) {
    this.regions = regions;
    for (String region : ChaosRegions.NAMES) {
      standard.put(region, new Postbox(regions.queues(region), "orders", 2));
      ordered.put(region, new Postbox(regions.queues(region), "invoices.fifo", 1));
    }
  }

  /** Waits for all that has to arrive, and asserts that it is what it has to be. */
  void judge(ChaosWriters writers, Chaos chaos) {
    chaos.kills().stream()
        .filter(kill -> kill.whom().equals("cassandra"))
        .forEach(
            kill ->
                writers.cells.doubt(
                    kill.region(), kill.millis() - FORGOTTEN_MILLIS, kill.millis()));
    judge(writers, chaos.faults());
  }

  /** Does the same where no store was killed, after so many faults. */
  void judge(ChaosWriters writers, int faults) {
    judgeLetters(writers);
    assertThat(repeated())
        .as("letters that came again")
        .isLessThanOrEqualTo(faults * REPEATS_A_FAULT);
    judgeObjects(writers.objects);
    judgeCells(writers.cells);
  }

  /** Returns how many letters of standard queues came again until now. */
  int repeated() {
    return standard.values().stream().mapToInt(Postbox::repeated).sum();
  }

  private void judgeLetters(ChaosWriters writers) {
    for (String from : ChaosRegions.NAMES) {
      String to = from.equals(EAST) ? WEST : EAST;
      judgeLetters(writers.letters(from), standard.get(to));
      judgeLetters(writers.ordered(from), ordered.get(to));
      assertThat(ordered.get(to).repeated()).as("repeated FIFO letters in %s", to).isZero();
      ordered.get(to).groups().values().forEach(numbers -> assertThat(numbers).isSorted());
    }
  }

  private static void judgeLetters(LetterWriter writer, Postbox postbox) {
    postbox.awaitAll(writer.sent());
    Set<String> known = new HashSet<>();
    writer.sent().forEach(letter -> known.add(letter.name()));
    writer.unsure().forEach(letter -> known.add(letter.name()));
    assertThat(known).containsAll(postbox.names());
    assertThat(postbox.faults()).isEmpty();
  }

  private void judgeObjects(WriteRecord record) {
    Buckets east = regions.bucket(EAST);
    Buckets west = regions.bucket(WEST);
    int[] same = {0};
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              int before = same[0];
              same[0] = 0;
              assertThat(west.list(ObjectWriter.PREFIX)).isEqualTo(east.list(ObjectWriter.PREFIX));
              same[0] = before + 1;
              assertThat(same[0]).isGreaterThan(2);
            });
    assertThat(BucketComparison.differences(east, west, ObjectWriter.PREFIX)).isEmpty();
    Map<String, String> shown = east.texts(ObjectWriter.PREFIX);
    List<String> wrong = new ArrayList<>();
    for (String key : record.keys()) {
      Optional<String> content = Optional.ofNullable(shown.get(key));
      if (!record.winners(key).contains(content)) {
        wrong.add(key + " shows " + brief(content) + ", not one of " + brief(record, key));
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(record.keys()).containsAll(shown.keySet());
  }

  private static List<String> brief(WriteRecord record, String key) {
    return record.winners(key).stream().map(ChaosOracle::brief).toList();
  }

  private static String brief(Optional<String> content) {
    return content.map(text -> text.substring(0, Math.min(40, text.length()))).orElse("nothing");
  }

  private void judgeCells(CellRecord record) {
    CqlSession east = regions.cql(EAST);
    List<Compared> tables = new ArrayList<>(RandomCql.COMPARED);
    tables.add(new Compared("shop.chaos", "p, c", CellWriter.COLUMNS));
    Comparison.awaitEqual(east, regions.cql(WEST), tables, PATIENCE);
    Map<String, String> shown = new HashMap<>();
    for (Row row : east.execute("SELECT p, c, a, b FROM shop.chaos")) {
      for (String column : CellWriter.COLUMNS) {
        String value = row.getString(column);
        if (value != null) {
          shown.put(CellWriter.cell(row.getInt("p"), row.getInt("c"), column), value);
        }
      }
    }
    assertThat(record.cells()).containsAll(shown.keySet());
    for (String cell : record.cells()) {
      assertThat(record.winners(cell))
          .as("what %s may show", cell)
          .contains(Optional.ofNullable(shown.get(cell)));
    }
  }

  /** Tells how often letters came again. */
  @Override
  public String toString() {
    return "%d + %d letters came again"
        .formatted(standard.get(EAST).repeated(), standard.get(WEST).repeated());
  }

  @Override
  public void close() {
    standard.values().forEach(Postbox::close);
    ordered.values().forEach(Postbox::close);
  }
}
