package io.replicator.cassandra;

import java.util.Objects;

/**
 * A table name is a table with its keyspace, as Cassandra stores both: without quotes.
 *
 * @param keyspace the keyspace
 * @param table the table
 */
public record TableName(String keyspace, String table) {
  public TableName {
    Objects.requireNonNull(keyspace, "keyspace");
    Objects.requireNonNull(table, "table");
  }

  /** Returns the form that stands in a CQL statement. */
  public String cql() {
    return quoted(keyspace) + "." + quoted(table);
  }

  /** Returns a name as it stands in a CQL statement, whatever letters it has. */
  public static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public String toString() {
    return keyspace + "." + table;
  }
}
