package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.cql.Row;
import io.replicator.cassandra.SchemaReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The rows of {@code system_schema} that tell of a keyspace, as they stood together at one time.
 *
 * <p>They lie in several tables, and a DROP may come between the readings of two of them. So all
 * are read until two readings in a row are the same: what the second found was there when the first
 * ended.
 */
record SchemaRows(Map<String, List<Row>> tables) {
  private static final List<String> TABLES =
      List.of("tables", "types", "columns", "dropped_columns");
  private static final int MOST_READINGS = 50;
  private static final int LIMIT_SECONDS = 30;

  /** Reads something that may change meanwhile. */
  @FunctionalInterface
  interface Reading {
    SchemaRows read() throws InterruptedException;
  }

  /**
   * Reads a keyspace's.
   *
   * @throws com.datastax.oss.driver.api.core.DriverException if the node does not answer, or its
   *     schema does not come to rest
   */
  static SchemaRows of(CqlSession session, String keyspace) throws InterruptedException {
    return steady(() -> once(session, keyspace));
  }

  /** Reads until two readings in a row are the same. */
  static SchemaRows steady(Reading reading) throws InterruptedException {
    SchemaRows last = reading.read();
    for (int readings = 1; readings < MOST_READINGS; readings++) {
      SchemaRows next = reading.read();
      if (next.contents().equals(last.contents())) {
        return next;
      }
      last = next;
    }
    throw new DriverTimeoutException(
        "system_schema was another at each of " + MOST_READINGS + " readings");
  }

  private static SchemaRows once(CqlSession session, String keyspace) throws InterruptedException {
    Map<String, CompletionStage<List<Row>>> asked = new LinkedHashMap<>();
    TABLES.forEach(of -> asked.put(of, SchemaReader.rows(session, of, keyspace)));
    Map<String, List<Row>> found = new LinkedHashMap<>();
    for (Map.Entry<String, CompletionStage<List<Row>>> one : asked.entrySet()) {
      try {
        found.put(
            one.getKey(),
            one.getValue().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS));
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
      } catch (TimeoutException e) {
        throw new DriverTimeoutException(
            "system_schema." + one.getKey() + " was not read within " + LIMIT_SECONDS + " s");
      }
    }
    return new SchemaRows(found);
  }

  private Map<String, List<List<ByteBuffer>>> contents() {
    Map<String, List<List<ByteBuffer>>> contents = new HashMap<>();
    tables.forEach(
        (of, rows) -> contents.put(of, rows.stream().map(SchemaRows::contents).toList()));
    return contents;
  }

  private static List<ByteBuffer> contents(Row row) {
    List<ByteBuffer> values = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      values.add(row.getBytesUnsafe(i));
    }
    return values;
  }

  /** Returns the rows of one table of {@code system_schema}. */
  List<Row> rows(String of) {
    return tables.getOrDefault(of, List.of());
  }

  /** Returns them by the tables that they tell of. */
  Map<String, List<Row>> byTable(String of) {
    Map<String, List<Row>> byTable = new HashMap<>();
    for (Row row : rows(of)) {
      byTable.computeIfAbsent(row.getString("table_name"), name -> new ArrayList<>()).add(row);
    }
    return byTable;
  }
}
