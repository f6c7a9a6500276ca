package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.cassandra.SchemaReader;
import io.replicator.cassandra.Selection;
import io.replicator.cassandra.TableMutation;
import io.replicator.cassandra.TableName;
import io.replicator.cassandra.TableShape;
import io.replicator.cassandra.TypeDefinition;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.schema.TableMetadata;

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
   * @param metadata by which its mutations are read; empty for tables of no flow, and for those
   *     that cannot be read
   * @param unknownType why it cannot be read, where that is for a type; else empty
   * @param dropped whether the node has it no longer
   * @param capturedUntil when it was altered to {@code cdc = false}, in microseconds as those of
   *     writes: what was written before is to be captured; 0 if it never was while it was known
   */
  record Known(
      TableShape shape,
      Optional<TableMetadata> metadata,
      Optional<String> unknownType,
      boolean dropped,
      long capturedUntil) {
    TableName name() {
      return shape.name();
    }

    /** Tells whether a mutation of it is to be captured, by when it was written. */
    boolean captures(TableMutation mutation) {
      return shape.cdc() || (capturedUntil > 0 && mutation.latest() < capturedUntil);
    }

    /** Returns why it cannot be replicated. */
    List<String> refusals() {
      return Stream.concat(shape.refusals().stream(), unknownType.stream()).toList();
    }

    /** Returns a column's type in CQL. */
    String type(String column) {
      return shape.column(column).map(one -> one.type()).orElse("");
    }
  }

  private final Set<String> keyspaces;
  private final MetadataReader reader;
  private final SchemaFiles files;
  private final Map<UUID, Known> tables = new ConcurrentHashMap<>();
  private final Map<UUID, String> others = new ConcurrentHashMap<>();
  private final Set<UUID> ignored = ConcurrentHashMap.newKeySet();
  private final SharedReading reading = new SharedReading();
  private volatile UUID version;

  /**
   * @param keyspaces of the flows: their tables' mutations can be read
   * @param files what is known from before
   */
  NodeSchema(Collection<String> keyspaces, IPartitioner partitioner, SchemaFiles files) {
    this.keyspaces = Set.copyOf(keyspaces);
    this.reader = new MetadataReader(partitioner);
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
        .filter(known -> known.shape().cdc())
        .flatMap(known -> known.refusals().stream())
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
   * Reads the schema again from the node, or waits while somebody does who began later than this
   * was called: after a change of it all flows ask at once.
   *
   * @throws com.datastax.oss.driver.api.core.DriverException if the node does not answer
   */
  void refresh(CqlSession session) throws InterruptedException {
    reading.await(() -> read(session));
  }

  private void read(CqlSession session) throws InterruptedException {
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
                known.shape(),
                known.metadata(),
                known.unknownType(),
                !found.containsKey(id),
                known.capturedUntil()));
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
    return new Known(now.shape(), now.metadata(), now.unknownType(), now.dropped(), end);
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
      into.put(
          table.getUuid("id"), known(table, shape, own, dropped.getOrDefault(name, List.of())));
    }
  }

  private Known known(Row table, TableShape shape, List<Row> columns, List<Row> dropped) {
    Optional<TableMetadata> metadata = Optional.empty();
    Optional<String> unknownType = Optional.empty();
    try {
      metadata =
          shape.counter() || shape.compact()
              ? Optional.empty()
              : Optional.of(reader.read(table, columns, dropped, shape.types().all()));
    } catch (MetadataReader.UnknownTypeException e) {
      unknownType = Optional.of(e.getMessage());
    }
    return new Known(shape, metadata, unknownType, false, 0);
  }
}
