package io.replicator.cassandra;

import java.util.Optional;

/**
 * A selection is what a flow replicates: one table, or every table of a keyspace that has {@code
 * cdc = true}, those that are created later among them.
 *
 * @param keyspace the keyspace
 * @param table the table; empty for all
 */
public record Selection(String keyspace, Optional<String> table) {
  /**
   * Every keyspace that is replicated into has a table of this name, which marks what is applied.
   */
  public static final String MARKER = "repl_marker";

  /** Tells whether a table belongs to it, provided that it has {@code cdc = true}. */
  public boolean contains(TableName name) {
    return name.keyspace().equals(keyspace)
        && !name.table().equals(MARKER)
        && table.map(name.table()::equals).orElse(true);
  }

  /** Tells whether a table may belong to both. */
  boolean overlaps(Selection other) {
    return keyspace.equals(other.keyspace)
        && (table.isEmpty() || other.table.isEmpty() || table.equals(other.table));
  }

  /** Returns the table of a keyspace in which applied changes are marked. */
  public static TableName marker(String keyspace) {
    return new TableName(keyspace, MARKER);
  }

  @Override
  public String toString() {
    return keyspace + "." + table.orElse("*");
  }
}
