package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A late table is one that a region has long before the other: what is written into it meanwhile
 * waits there, parked. Used by one thread.
 */
final class LateTable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String TABLE =
      "CREATE TABLE shop.late (p int PRIMARY KEY, t text) WITH cdc = true";

  /** So few that rows are written again, and wait behind one another. */
  private static final int ROWS = 5;

  private final CqlSession early;
  private final CqlSession late;
  private int written;

  /** Creates the table in one region. */
  LateTable(CqlSession early, CqlSession late) {
    this.early = early;
    this.late = late;
    early.execute(TABLE);
  }

  /** Writes some rows where the table is. */
  void write() {
    for (int i = 0; i < 2; i++) {
      early.execute(
          "INSERT INTO shop.late (p, t) VALUES (%d, 'number %d')"
              .formatted(written % ROWS, written));
      written++;
    }
  }

  /** Returns how many rows were written. */
  int written() {
    return written;
  }

  /** Creates the table in the other region, too. */
  void create() {
    late.execute(TABLE);
  }

  /** Waits until both regions show the same, the last of each row. */
  void awaitEqual() {
    Map<Integer, String> expected = rows(early);
    assertThat(expected).hasSize(ROWS);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(rows(late)).isEqualTo(expected));
  }

  private static Map<Integer, String> rows(CqlSession session) {
    Map<Integer, String> rows = new TreeMap<>();
    for (Row row : session.execute("SELECT p, t FROM shop.late")) {
      rows.put(row.getInt("p"), row.getString("t"));
    }
    return rows;
  }
}
