package io.replicator.cassandra;

import io.replicator.cassandra.TableMutation.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A table's shape is what {@code system_schema} of a cluster tells about it.
 *
 * @param name the table
 * @param id of the table in that cluster
 * @param columns the key's columns in their order, then the others
 * @param types the user-defined types of which those are made
 * @param cdc whether the table has {@code cdc = true}
 * @param counter whether it holds counters
 * @param compact whether it is one of Thrift's time, {@code WITH COMPACT STORAGE}
 * @param gcGraceSeconds how long its tombstones are kept
 * @param defaultTimeToLive of what is written without one, in seconds; 0 if that lives for ever
 */
public record TableShape(
    TableName name,
    UUID id,
    List<Column> columns,
    ColumnTypes types,
    boolean cdc,
    boolean counter,
    boolean compact,
    int gcGraceSeconds,
    int defaultTimeToLive) {

  public TableShape {
    columns = List.copyOf(columns);
  }

  /**
   * A shape with the user-defined types of its columns.
   *
   * @param types those of which the columns are made, and perhaps others of the keyspace
   */
  public TableShape(
      TableName name,
      UUID id,
      List<Column> columns,
      List<TypeDefinition> types,
      boolean cdc,
      boolean counter,
      boolean compact,
      int gcGraceSeconds,
      int defaultTimeToLive) {
    this(
        name,
        id,
        columns,
        ColumnTypes.of(columns, types),
        cdc,
        counter,
        compact,
        gcGraceSeconds,
        defaultTimeToLive);
  }

  /** Returns a column by its name. */
  public Optional<Column> column(String column) {
    return columns.stream().filter(one -> one.name().equals(column)).findFirst();
  }

  /** Returns the user-defined types of which some of the columns are made. */
  public List<TypeDefinition> typesOf(List<Column> some) {
    return types.of(some);
  }

  /** Returns why the table cannot be replicated, each reason with the column it is about. */
  public List<String> refusals() {
    List<String> refusals = new ArrayList<>();
    if (counter) {
      columns.stream()
          .filter(column -> column.type().equals("counter"))
          .forEach(
              column ->
                  refusals.add(
                      name
                          + "."
                          + column.name()
                          + " is a counter: its commit log holds each node's share and no"
                          + " increments, so it cannot be applied elsewhere"));
    }
    if (compact) {
      refusals.add(name + " has COMPACT STORAGE, whose cells have no names");
    }
    columns.stream()
        .filter(column -> isLooseList(column.type()))
        .forEach(
            column ->
                refusals.add(
                    name
                        + "."
                        + column.name()
                        + " is a "
                        + column.type()
                        + " that is not frozen: CQL cannot write an element of it twice to the same"
                        + " place"));
    return refusals;
  }

  /** Tells whether a column's type is a list whose elements are cells of their own. */
  public static boolean isLooseList(String type) {
    return type.startsWith("list<");
  }
}
