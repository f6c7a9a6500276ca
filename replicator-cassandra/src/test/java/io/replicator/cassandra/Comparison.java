package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares tables of two clusters cell by cell: values, times of writing and times to live. Both
 * are read as of the same second, so a time to live that differs by one shows.
 */
public final class Comparison {
  private Comparison() {}

  /** Returns every row that differs, or is on one side alone; empty if the clusters are equal. */
  public static List<String> differences(
      CqlSession one, CqlSession other, List<RandomCql.Compared> tables) {
    int now = (int) Instant.now().getEpochSecond();
    List<String> differences = new ArrayList<>();
    for (RandomCql.Compared table : tables) {
      Map<String, String> left = read(one, table, now);
      Map<String, String> right = read(other, table, now);
      left.forEach(
          (key, row) -> {
            if (!row.equals(right.get(key))) {
              differences.add(table.table() + " " + key + "\n  " + row + "\n  " + right.get(key));
            }
          });
      right.forEach(
          (key, row) -> {
            if (!left.containsKey(key)) {
              differences.add(table.table() + " " + key + "\n  null\n  " + row);
            }
          });
    }
    return differences;
  }

  /** Waits until the clusters are equal; one that does not answer meanwhile is waited for, too. */
  public static void awaitEqual(
      CqlSession one, CqlSession other, List<RandomCql.Compared> tables, Duration most) {
    await()
        .atMost(most)
        .pollInterval(Duration.ofSeconds(2))
        .ignoreExceptionsInstanceOf(DriverException.class)
        .untilAsserted(() -> assertThat(differences(one, other, tables)).isEmpty());
  }

  /** Returns how many rows a table has. */
  public static int count(CqlSession session, RandomCql.Compared table) {
    return read(session, table, (int) Instant.now().getEpochSecond()).size();
  }

  private static Map<String, String> read(CqlSession session, RandomCql.Compared table, int now) {
    StringBuilder cql = new StringBuilder("SELECT ").append(table.key());
    for (String column : table.columns()) {
      cql.append(", ").append(column);
      cql.append(", WRITETIME(").append(column).append(")");
      cql.append(", TTL(").append(column).append(")");
    }
    cql.append(" FROM ").append(table.table());
    int keys = table.key().split(",").length;
    Map<String, String> rows = new TreeMap<>();
    for (Row row :
        session.execute(
            SimpleStatement.newInstance(cql.toString()).setNowInSeconds(now).setPageSize(500))) {
      StringBuilder key = new StringBuilder();
      StringBuilder cells = new StringBuilder();
      for (int i = 0; i < row.getColumnDefinitions().size(); i++) {
        (i < keys ? key : cells)
            .append(row.getColumnDefinitions().get(i).getName())
            .append('=')
            .append(row.getObject(i))
            .append(' ');
      }
      rows.put(key.toString(), cells.toString());
    }
    return rows;
  }
}
