package io.replicator.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.UUID;

/**
 * The marker table of a keyspace. Every mutation that is applied is written in one batch with a
 * deletion of the same partition key from it; both land in one entry of the commit log, and the
 * capture passes over every entry in which it sees that table. It never holds a row.
 */
final class MarkerTable {
  private MarkerTable() {}

  /** Returns the statement that creates the marker table of a keyspace. */
  static String create(String keyspace) {
    return "CREATE TABLE IF NOT EXISTS "
        + Selection.marker(keyspace).cql()
        + " (pk blob PRIMARY KEY, o tinyint) WITH id = "
        + id(keyspace)
        + " AND gc_grace_seconds = 0 AND default_time_to_live ="
        + " 60 AND cdc = false AND compaction = {'class': 'TimeWindowCompactionStrategy',"
        + " 'compaction_window_unit': 'HOURS', 'compaction_window_size': 1} AND comment ="
        + " 'Replicator marks here what it applies; always empty'";
  }

  /**
   * The same wherever it is created, so that two nodes that are asked at once create one table and
   * not two of one name, about which they would never agree.
   */
  private static UUID id(String keyspace) {
    return UUID.nameUUIDFromBytes((keyspace + "." + Selection.MARKER).getBytes(UTF_8));
  }

  /** Returns the statement that marks a mutation. */
  static String mark(String keyspace) {
    return "DELETE FROM " + Selection.marker(keyspace).cql() + " WHERE pk = ?";
  }
}
