package io.replicator.it;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import io.replicator.it.CellRecord.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A cell writer is a service that writes and deletes cells of a small table with timestamps of its
 * own, some of them those of the other region's writer, and notes each. Used by one thread.
 */
final class CellWriter {
  static final String TABLE =
      "CREATE TABLE IF NOT EXISTS shop.chaos (p int, c int, a text, b text, PRIMARY KEY (p, c))"
          + " WITH cdc = true";

  static final int PARTITIONS = 8;
  static final int ROWS = 4;
  static final List<String> COLUMNS = List.of("a", "b");

  /** Timestamps of this grain meet those of the other region. */
  private static final long TIE_MICROS = 250_000;

  private static final long OLDEST_MICROS = 3_000_000;

  private final String region;
  private final CqlSession session;
  private final CellRecord record;
  private final Random random;
  private int number;
  private int attempts;

  CellWriter(String region, CqlSession session, CellRecord record, long seed) {
    this.region = region;
    this.session = session;
    this.record = record;
    this.random = new Random(seed);
  }

  /** Names a cell. */
  static String cell(int p, int c, String column) {
    return p + "/" + c + "/" + column;
  }

  /** Returns how many statements were tried; for any thread once the last is made. */
  int attempts() {
    return attempts;
  }

  /** Makes one write. */
  void write() {
    attempts++;
    int p = random.nextInt(PARTITIONS);
    int c = random.nextInt(ROWS);
    long at = timestamp();
    String row = " WHERE p = " + p + " AND c = " + c;
    switch (random.nextInt(12)) {
      case 0 -> delete("DELETE FROM shop.chaos USING TIMESTAMP " + at + row, p, c, c, COLUMNS, at);
      case 1 ->
          delete(
              "DELETE FROM shop.chaos USING TIMESTAMP " + at + " WHERE p = " + p + " AND c >= " + c,
              p,
              c,
              ROWS - 1,
              COLUMNS,
              at);
      case 2 -> {
        String column = COLUMNS.get(random.nextInt(COLUMNS.size()));
        delete(
            "DELETE " + column + " FROM shop.chaos USING TIMESTAMP " + at + row,
            p,
            c,
            c,
            List.of(column),
            at);
      }
      case 3 -> {
        if (random.nextInt(6) == 0) {
          String cql = "DELETE FROM shop.chaos USING TIMESTAMP " + at + " WHERE p = " + p;
          delete(cql, p, 0, ROWS - 1, COLUMNS, at);
        } else {
          upsert(p, c, COLUMNS, at);
        }
      }
      case 4, 5, 6 -> upsert(p, c, COLUMNS, at);
      default -> upsert(p, c, List.of(COLUMNS.get(random.nextInt(COLUMNS.size()))), at);
    }
  }

  private long timestamp() {
    long now = System.currentTimeMillis() * 1_000 + random.nextInt(1_000);
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> now - now % TIE_MICROS;
      case 3 -> now - random.nextInt((int) OLDEST_MICROS);
      default -> now;
    };
  }

  private void upsert(int p, int c, List<String> columns, long at) {
    String value = region + " " + number++;
    boolean confirmed =
        execute(
            "INSERT INTO shop.chaos (p, c, %s) VALUES (%d, %d, '%s') USING TIMESTAMP %d"
                .formatted(
                    String.join(", ", columns),
                    p,
                    c,
                    String.join("', '", columns.stream().map(any -> value).toList()),
                    at));
    note(p, c, c, columns, Optional.of(value), at, confirmed);
  }

  private void delete(String cql, int p, int from, int to, List<String> columns, long at) {
    note(p, from, to, columns, Optional.empty(), at, execute(cql));
  }

  private void note(
      int p,
      int from,
      int to,
      List<String> columns,
      Optional<String> value,
      long at,
      boolean confirmed) {
    Optional<Long> millis = confirmed ? Optional.of(System.currentTimeMillis()) : Optional.empty();
    List<String> cells = new ArrayList<>();
    for (int c = from; c <= to; c++) {
      for (String column : columns) {
        cells.add(cell(p, c, column));
      }
    }
    cells.forEach(cell -> record.add(cell, new Write(region, value, at, millis)));
  }

  private boolean execute(String cql) {
    try {
      session.execute(cql);
      return true;
    } catch (DriverException e) {
      return false;
    }
  }
}
