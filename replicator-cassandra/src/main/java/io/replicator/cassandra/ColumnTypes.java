package io.replicator.cassandra;

import io.replicator.cassandra.TableMutation.Column;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The column types of a table tell of which user-defined types each of its columns is made. Found
 * once for a table, since each of its mutations tells its own.
 *
 * @param all of which any of the columns is made, in the order of their names
 * @param byType those of a column's type in CQL, in the order of their names; nothing for one that
 *     is made of none
 */
public record ColumnTypes(List<TypeDefinition> all, Map<String, List<TypeDefinition>> byType) {
  public ColumnTypes {
    all = List.copyOf(all);
    byType = Map.copyOf(byType);
  }

  /**
   * Finds those of some columns.
   *
   * @param all of the keyspace, or more than the columns need
   */
  static ColumnTypes of(List<Column> columns, List<TypeDefinition> all) {
    if (all.isEmpty()) {
      return new ColumnTypes(List.of(), Map.of());
    }
    Map<String, TypeDefinition> byName =
        all.stream().collect(Collectors.toMap(TypeDefinition::name, Function.identity()));
    Map<String, List<TypeDefinition>> byType = new HashMap<>();
    for (Column column : columns) {
      List<TypeDefinition> used = TypeDefinition.usedBy(List.of(column.type()), byName);
      if (!used.isEmpty()) {
        byType.put(column.type(), used);
      }
    }
    return new ColumnTypes(
        TypeDefinition.usedBy(columns.stream().map(Column::type).toList(), byName), byType);
  }

  /** Returns the types of which some of the table's columns are made, in the order of names. */
  List<TypeDefinition> of(List<Column> some) {
    List<List<TypeDefinition>> found =
        some.stream()
            .map(column -> byType.get(column.type()))
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    if (found.size() < 2) {
      return found.isEmpty() ? List.of() : found.get(0);
    }
    Map<String, TypeDefinition> together = new TreeMap<>();
    found.forEach(types -> types.forEach(type -> together.put(type.name(), type)));
    return List.copyOf(together.values());
  }
}
