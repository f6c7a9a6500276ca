package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/** Reads the shapes of a keyspace's tables out of {@code system_schema}. Blocks nowhere. */
public final class SchemaReader {
  private SchemaReader() {}

  /**
   * Returns the shapes of all tables of a keyspace by their names; none if there is no keyspace.
   */
  public static CompletionStage<Map<String, TableShape>> read(CqlSession session, String keyspace) {
    CompletionStage<List<Row>> tables = rows(session, "tables", keyspace);
    CompletionStage<List<Row>> columns = rows(session, "columns", keyspace);
    return rows(session, "types", keyspace)
        .thenCompose(types -> tables.thenCombine(columns, (of, in) -> shapes(of, in, types)));
  }

  /** Returns the names of all keyspaces. */
  static CompletionStage<Set<String>> keyspaces(CqlSession session) {
    return session
        .executeAsync(
            SimpleStatement.newInstance("SELECT keyspace_name FROM system_schema.keyspaces"))
        .thenApply(
            page -> {
              Set<String> names = new TreeSet<>();
              page.currentPage().forEach(row -> names.add(row.getString("keyspace_name")));
              return names;
            });
  }

  /** Returns the rows of a table of {@code system_schema} that tell of a keyspace. */
  public static CompletionStage<List<Row>> rows(CqlSession session, String of, String keyspace) {
    SimpleStatement statement =
        SimpleStatement.builder("SELECT * FROM system_schema." + of + " WHERE keyspace_name = ?")
            .addPositionalValue(keyspace)
            .setPageSize(50_000)
            .setIdempotence(true)
            .build();
    return session
        .executeAsync(statement)
        .thenApply(
            page -> {
              List<Row> rows = new ArrayList<>();
              page.currentPage().forEach(rows::add);
              if (page.hasMorePages()) {
                throw new IllegalStateException(keyspace + " has more than 50,000 " + of);
              }
              return rows;
            });
  }

  private static Map<String, TableShape> shapes(
      List<Row> tables, List<Row> columns, List<Row> types) {
    Map<String, TypeDefinition> definitions = types(types);
    Map<String, List<Row>> byTable = new TreeMap<>();
    for (Row column : columns) {
      byTable
          .computeIfAbsent(column.getString("table_name"), name -> new ArrayList<>())
          .add(column);
    }
    Map<String, TableShape> shapes = new TreeMap<>();
    for (Row table : tables) {
      String name = table.getString("table_name");
      List<Row> own = byTable.getOrDefault(name, List.of());
      if (!own.isEmpty()) { // else it was created or dropped between the two readings
        shapes.put(name, shape(table, own, definitions));
      }
    }
    return shapes;
  }

  /**
   * Returns the shape that a row of system_schema.tables and the table's rows of
   * system_schema.columns tell.
   *
   * @param types of the keyspace, by their names
   */
  public static TableShape shape(Row table, List<Row> columns, Map<String, TypeDefinition> types) {
    List<Row> sorted = new ArrayList<>(columns);
    sorted.sort(
        Comparator.comparing((Row row) -> kind(row))
            .thenComparingInt(row -> row.getInt("position"))
            .thenComparing(row -> row.getString("column_name")));
    Set<String> flags = table.getSet("flags", String.class);
    boolean compact =
        flags != null
            && !flags.isEmpty()
            && (flags.contains("dense") || !flags.contains("compound"));
    return new TableShape(
        new TableName(table.getString("keyspace_name"), table.getString("table_name")),
        table.getUuid("id"),
        sorted.stream().map(SchemaReader::column).toList(),
        List.copyOf(types.values()),
        !table.isNull("cdc") && table.getBoolean("cdc"),
        flags != null && flags.contains("counter"),
        compact,
        table.getInt("gc_grace_seconds"),
        table.getInt("default_time_to_live"));
  }

  /** Returns what rows of system_schema.types tell, by the types' names. */
  public static Map<String, TypeDefinition> types(List<Row> rows) {
    Map<String, TypeDefinition> types = new TreeMap<>();
    for (Row row : rows) {
      String name = row.getString("type_name");
      List<String> names = row.getList("field_names", String.class);
      List<String> fieldTypes = row.getList("field_types", String.class);
      List<TypeDefinition.Field> fields = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        fields.add(new TypeDefinition.Field(names.get(i), fieldTypes.get(i)));
      }
      types.put(name, new TypeDefinition(name, fields));
    }
    return types;
  }

  private static Column column(Row row) {
    return new Column(
        kind(row),
        row.getString("column_name"),
        row.getString("type"),
        "desc".equalsIgnoreCase(row.getString("clustering_order")));
  }

  /** Returns what a row of system_schema.columns says of the column's place in its table. */
  public static Kind kind(Row column) {
    return Kind.valueOf(column.getString("kind").toUpperCase(Locale.ROOT));
  }
}
