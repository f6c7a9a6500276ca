package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A lack is something for want of which a mutation cannot be written to its table here.
 *
 * @param reason what is missing or is another
 * @param cql the statement that mends it, and does no harm where it was run before; empty where the
 *     mutation does not tell enough for one, or none can
 */
record Lack(String reason, Optional<String> cql) {
  /**
   * What Cassandra gives a table that says nothing. No mutation tells it: it is in the statement so
   * that an operator sees what is to be compared with the origin.
   */
  private static final int GRACE_SECONDS = 864_000;

  /**
   * Returns that the whole table is missing: a mutation tells its key, and what it writes.
   *
   * @param retention of the topics: a delete that may still come must find its tombstones
   */
  static Lack table(TableMutation mutation, Duration retention) {
    return new Lack(
        "the table " + mutation.table() + " is missing",
        Optional.of(create(mutation, Math.max(GRACE_SECONDS, retention.toSeconds()))));
  }

  /** Returns that a column is missing; one of the key cannot be added. */
  static Lack column(TableName table, Column column) {
    boolean key = column.kind() == Kind.PARTITION_KEY || column.kind() == Kind.CLUSTERING;
    return new Lack(
        "the column %s.%s %s is missing".formatted(table, column.name(), described(column)),
        key
            ? Optional.empty()
            : Optional.of(
                "ALTER TABLE " + name(table) + " ADD IF NOT EXISTS " + definition(column)));
  }

  /** Returns that a column is another than at the origin. */
  static Lack other(TableName table, Column here, Column wanted) {
    return new Lack(
        "the column %s.%s is %s here and %s at the origin"
            .formatted(table, wanted.name(), described(here), described(wanted)),
        Optional.empty());
  }

  /** Returns that the primary key is of other columns, or has them in another order. */
  static Lack key(TableName table) {
    return new Lack("the table " + table + " has another primary key", Optional.empty());
  }

  /** Returns that no table has a user-defined type; the keyspace may have it all the same. */
  static Lack type(String keyspace, TypeDefinition wanted) {
    return new Lack(
        "the type %s.%s is missing, or no table has it".formatted(keyspace, wanted.name()),
        Optional.of(
            "CREATE TYPE IF NOT EXISTS %s (%s)"
                .formatted(name(keyspace, wanted.name()), fields(wanted))));
  }

  /** Returns that a user-defined type has other fields; those at the end can be added. */
  static Lack otherType(String keyspace, TypeDefinition here, TypeDefinition wanted) {
    return new Lack(
        "the type %s.%s is %s here and %s at the origin"
            .formatted(keyspace, wanted.name(), here, wanted),
        wanted.takes(here)
            ? Optional.of(
                wanted.fields().stream()
                    .skip(here.fields().size())
                    .map(
                        field ->
                            "ALTER TYPE %s ADD IF NOT EXISTS %s %s"
                                .formatted(
                                    name(keyspace, wanted.name()),
                                    name(field.name()),
                                    field.type()))
                    .collect(Collectors.joining("; ")))
            : Optional.empty());
  }

  private static String fields(TypeDefinition type) {
    return type.fields().stream()
        .map(field -> name(field.name()) + " " + field.type())
        .collect(Collectors.joining(", "));
  }

  /** The table is captured at the origin, or there would be no mutation: it has cdc = true. */
  private static String create(TableMutation mutation, long grace) {
    List<String> parts = new ArrayList<>();
    mutation.columns().forEach(column -> parts.add(definition(column)));
    String partition = "(" + String.join(", ", names(mutation, Kind.PARTITION_KEY)) + ")";
    List<String> clustering = names(mutation, Kind.CLUSTERING);
    List<String> key = new ArrayList<>(List.of(partition));
    key.addAll(clustering);
    parts.add("PRIMARY KEY (" + String.join(", ", key) + ")");
    return "CREATE TABLE IF NOT EXISTS %s (%s) WITH %scdc = true AND gc_grace_seconds = %d"
        .formatted(name(mutation.table()), String.join(", ", parts), order(mutation), grace);
  }

  /** Said only where it is another than by default. */
  private static String order(TableMutation mutation) {
    List<Column> clustering =
        mutation.columns().stream().filter(column -> column.kind() == Kind.CLUSTERING).toList();
    if (clustering.stream().noneMatch(Column::reversed)) {
      return "";
    }
    return clustering.stream()
        .map(column -> name(column.name()) + (column.reversed() ? " DESC" : " ASC"))
        .collect(Collectors.joining(", ", "CLUSTERING ORDER BY (", ") AND "));
  }

  private static List<String> names(TableMutation mutation, Kind kind) {
    return mutation.names(kind).stream().map(Lack::name).toList();
  }

  private static String definition(Column column) {
    return name(column.name())
        + " "
        + column.type()
        + (column.kind() == Kind.STATIC ? " static" : "");
  }

  private static String described(Column column) {
    return column.type()
        + switch (column.kind()) {
          case PARTITION_KEY -> " in the partition key";
          case CLUSTERING -> " in the clustering key";
          case STATIC -> " static";
          case REGULAR -> "";
        };
  }

  private static String name(TableName table) {
    return name(table.keyspace(), table.table());
  }

  private static String name(String keyspace, String name) {
    return name(keyspace) + "." + name(name);
  }

  /**
   * In quotes only where it needs them, so that a shell's quotes may stand around the statement.
   */
  private static String name(String name) {
    return CqlIdentifier.fromInternal(name).asCql(true);
  }
}
