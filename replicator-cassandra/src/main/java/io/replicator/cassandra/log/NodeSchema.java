package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.cassandra.SchemaReader;
import io.replicator.cassandra.Selection;
import io.replicator.cassandra.TableMutation;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableName;
import io.replicator.cassandra.TableShape;
import io.replicator.cassandra.TypeDefinition;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.cassandra.cql3.ColumnIdentifier;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.ReversedType;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.schema.CQLTypeParser;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Types;

/**
 * A node's schema: the tables by the ids under which the commit log knows them.
 *
 * <p>It is read from the node itself, which knew a table before it could log a mutation of it. So
 * an id that it does not know any more is that of a dropped table. Tables that were known once stay
 * known, also over a restart of the capture, so that what stands in the log before a DROP can be
 * read. Thread-safe.
 */
final class NodeSchema {
  /**
   * A table that the node has, or had.
   *
   * @param metadata by which its mutations are read; empty for tables of no flow
   * @param dropped whether the node has it no longer
   * @param capturedUntil when it was altered to {@code cdc = false}, in microseconds as those of
   *     writes: what was written before is to be captured; 0 if it never was while it was known
   */
  record Known(
      TableShape shape, Optional<TableMetadata> metadata, boolean dropped, long capturedUntil) {
    TableName name() {
      return shape.name();
    }

    /** Tells whether a mutation of it is to be captured, by when it was written. */
    boolean captures(TableMutation mutation) {
      return shape.cdc() || (capturedUntil > 0 && mutation.latest() < capturedUntil);
    }

    /** Returns a column's type in CQL. */
    String type(String column) {
      return shape.column(column).map(one -> one.type()).orElse("");
    }
  }

  private final Set<String> keyspaces;
  private final IPartitioner partitioner;
  private final SchemaFiles files;
  private final Map<UUID, Known> tables = new ConcurrentHashMap<>();
  private final Map<UUID, String> others = new ConcurrentHashMap<>();
  private final Set<UUID> ignored = ConcurrentHashMap.newKeySet();
  private volatile UUID version;

  /**
   * @param keyspaces of the flows: their tables' mutations can be read
   * @param files what is known from before
   */
  NodeSchema(Collection<String> keyspaces, IPartitioner partitioner, SchemaFiles files) {
    this.keyspaces = Set.copyOf(keyspaces);
    this.partitioner = partitioner;
    this.files = files;
    tables.putAll(files.read());
  }

  /** Returns a table by its id; empty if it is none of a flow's keyspace. */
  Optional<Known> table(UUID id) {
    return Optional.ofNullable(tables.get(id));
  }

  /** Tells whether an id is that of a table in a keyspace of no flow. */
  boolean isOther(UUID id) {
    return others.containsKey(id);
  }

  /** Tells whether an id is that of a table in which the node keeps its schema. */
  boolean isOfSchema(UUID id) {
    return "system_schema".equals(others.get(id));
  }

  /** Takes note that the node has no table of this id any more, and what it was is not known. */
  void ignore(UUID id) {
    ignored.add(id);
  }

  /** Tells whether an id is that of a table of which nothing is known but that it is gone. */
  boolean isIgnored(UUID id) {
    return ignored.contains(id);
  }

  /** Returns the ids of the tables that mark what is applied. */
  List<UUID> markers() {
    return tables.entrySet().stream()
        .filter(known -> known.getValue().name().table().equals(Selection.MARKER))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Returns why what captured tables of a selection cannot be replicated, in a steady order. */
  List<String> refusals(Selection selection) {
    return tables.values().stream()
        .filter(known -> !known.dropped() && selection.contains(known.name()))
        .map(Known::shape)
        .filter(TableShape::cdc)
        .flatMap(shape -> shape.refusals().stream())
        .sorted()
        .toList();
  }

  /** Tells whether the node's schema is still the one that was read; asks the node. */
  boolean isCurrent(CqlSession session) throws InterruptedException {
    UUID seen = version;
    return seen != null && seen.equals(versionOf(session));
  }

  /** Tells whether the node has a table as before, with {@code cdc = false}; asks for it alone. */
  boolean isStillUncaptured(CqlSession session, UUID id) {
    Optional<TableName> name = table(id).map(Known::name);
    if (name.isEmpty()) {
      return false;
    }
    Row row =
        session
            .execute(
                SimpleStatement.newInstance(
                    "SELECT id, cdc FROM system_schema.tables WHERE keyspace_name = ? AND"
                        + " table_name = ?",
                    name.get().keyspace(),
                    name.get().table()))
            .one();
    return row != null && id.equals(row.getUuid("id")) && !row.getBoolean("cdc");
  }

  /**
   * Reads the schema again from the node.
   *
   * @throws com.datastax.oss.driver.api.core.DriverException if the node does not answer
   */
  synchronized void refresh(CqlSession session) throws InterruptedException {
    UUID before = versionOf(session);
    Map<UUID, Known> found = new HashMap<>();
    for (String keyspace : keyspaces) {
      read(session, keyspace, found);
    }
    for (Row table :
        session.execute(
            SimpleStatement.newInstance("SELECT keyspace_name, id FROM system_schema.tables"))) {
      if (!keyspaces.contains(table.getString("keyspace_name"))) {
        others.put(table.getUuid("id"), table.getString("keyspace_name"));
      }
    }
    for (Row view :
        session.execute(SimpleStatement.newInstance("SELECT id FROM system_schema.views"))) {
      others.put(view.getUuid("id"), "");
    }
    found.replaceAll((id, known) -> withEnd(session, id, known));
    files.write(found);
    tables.replaceAll(
        (id, known) ->
            new Known(
                known.shape(), known.metadata(), !found.containsKey(id), known.capturedUntil()));
    tables.putAll(found);
    version = before; // what changed meanwhile has another one, and is read again
  }

  /** Says until when a table was captured that is no longer. */
  private Known withEnd(CqlSession session, UUID id, Known now) {
    Known before = tables.get(id);
    if (before == null || now.shape().cdc()) {
      return now;
    }
    long end = before.shape().cdc() ? changedAt(session, now.name()) : before.capturedUntil();
    return new Known(now.shape(), now.metadata(), now.dropped(), end);
  }

  /** Asks when {@code cdc} was last said of a table; 0 if the table is gone meanwhile. */
  private static long changedAt(CqlSession session, TableName name) {
    Row row =
        session
            .execute(
                SimpleStatement.newInstance(
                    "SELECT WRITETIME(cdc) FROM system_schema.tables WHERE keyspace_name = ? AND"
                        + " table_name = ?",
                    name.keyspace(),
                    name.table()))
            .one();
    return row == null || row.isNull(0) ? 0 : row.getLong(0);
  }

  private static UUID versionOf(CqlSession session) {
    return session
        .execute(SimpleStatement.newInstance("SELECT schema_version FROM system.local"))
        .one()
        .getUuid("schema_version");
  }

  private void read(CqlSession session, String keyspace, Map<UUID, Known> into)
      throws InterruptedException {
    SchemaRows rows = SchemaRows.of(session, keyspace);
    Types types = types(keyspace, rows.rows("types"));
    Map<String, TypeDefinition> definitions = SchemaReader.types(rows.rows("types"));
    Map<String, List<Row>> columns = rows.byTable("columns");
    Map<String, List<Row>> dropped = rows.byTable("dropped_columns");
    for (Row table : rows.rows("tables")) {
      String name = table.getString("table_name");
      List<Row> own = columns.getOrDefault(name, List.of());
      if (own.isEmpty()) {
        continue; // half of it is told: its version, which is told last, has it read again
      }
      TableShape shape = SchemaReader.shape(table, own, definitions);
      Optional<TableMetadata> metadata =
          shape.counter() || shape.compact()
              ? Optional.empty()
              : Optional.of(metadata(table, own, dropped.getOrDefault(name, List.of()), types));
      into.put(table.getUuid("id"), new Known(shape, metadata, false, 0));
    }
  }

  private static Types types(String keyspace, List<Row> rows) {
    Types.RawBuilder builder = Types.rawBuilder(keyspace);
    for (Row row : rows) {
      builder.add(
          row.getString("type_name"),
          row.getList("field_names", String.class),
          row.getList("field_types", String.class));
    }
    return builder.build();
  }

  private TableMetadata metadata(Row table, List<Row> columns, List<Row> dropped, Types types) {
    String keyspace = table.getString("keyspace_name");
    String name = table.getString("table_name");
    TableMetadata.Builder builder =
        TableMetadata.builder(keyspace, name, TableId.fromUUID(table.getUuid("id")))
            .partitioner(partitioner)
            .flags(TableMetadata.Flag.fromStringSet(table.getSet("flags", String.class)));
    for (Row column : columns) {
      AbstractType<?> type = CQLTypeParser.parse(keyspace, column.getString("type"), types);
      if ("desc".equalsIgnoreCase(column.getString("clustering_order"))) {
        type = ReversedType.getInstance(type);
      }
      builder.addColumn(
          new ColumnMetadata(
              keyspace,
              name,
              ColumnIdentifier.getInterned(column.getString("column_name"), true),
              type,
              column.getInt("position"),
              kind(SchemaReader.kind(column)),
              null));
    }
    for (Row column : dropped) {
      // Types that a dropped column used may be gone: Cassandra keeps them as tuples.
      ColumnMetadata gone =
          new ColumnMetadata(
              keyspace,
              name,
              ColumnIdentifier.getInterned(column.getString("column_name"), true),
              CQLTypeParser.parse(keyspace, column.getString("type"), Types.none()),
              ColumnMetadata.NO_POSITION,
              ColumnMetadata.Kind.valueOf(column.getString("kind").toUpperCase(Locale.ROOT)),
              null);
      builder.recordColumnDrop(
          gone, TimeUnit.MILLISECONDS.toMicros(column.getInstant("dropped_time").toEpochMilli()));
    }
    return builder.build();
  }

  private static ColumnMetadata.Kind kind(Kind kind) {
    return switch (kind) {
      case PARTITION_KEY -> ColumnMetadata.Kind.PARTITION_KEY;
      case CLUSTERING -> ColumnMetadata.Kind.CLUSTERING;
      case STATIC -> ColumnMetadata.Kind.STATIC;
      case REGULAR -> ColumnMetadata.Kind.REGULAR;
    };
  }
}
