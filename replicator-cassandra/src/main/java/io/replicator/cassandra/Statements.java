package io.replicator.cassandra;

import static io.replicator.cassandra.TableName.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Turns a table mutation into the statements that write the same cells: one for each timestamp and
 * time to live that occurs in a row. All of them carry their timestamps, so their order is nothing.
 */
final class Statements {
  private final TableMutation mutation;
  private final List<String> partitionColumns;
  private final List<String> clusteringColumns;
  private final List<Shaped> statements = new ArrayList<>();

  private Statements(TableMutation mutation) {
    this.mutation = mutation;
    this.partitionColumns = mutation.names(Kind.PARTITION_KEY);
    this.clusteringColumns = mutation.names(Kind.CLUSTERING);
  }

  /**
   * Returns the statements of a mutation.
   *
   * @throws IllegalArgumentException if CQL has none for it
   */
  static List<Shaped> of(TableMutation mutation) {
    Statements of = new Statements(mutation);
    of.build();
    return of.statements;
  }

  private void build() {
    mutation.deletion().ifPresent(timestamp -> delete("", timestamp, partitionColumns, List.of()));
    Deletions deletions = new Deletions(mutation);
    mutation.ranges().forEach(range -> statements.addAll(deletions.range(range)));
    mutation.statics().ifPresent(row -> row(row, List.of()));
    mutation.rows().forEach(row -> row(row, clusteringColumns));
  }

  private void row(Row row, List<String> clustering) {
    List<String> key = new ArrayList<>(partitionColumns);
    key.addAll(clustering);
    row.deletion().ifPresent(timestamp -> delete("", timestamp, key, row.clustering()));
    Map<Life, Group> groups = new LinkedHashMap<>();
    row.liveness().ifPresent(life -> groups.put(life, new Group(true)));
    for (ColumnChange change : row.columns()) {
      String name = quoted(mutation.columns().get(change.column()).name());
      change
          .deletion()
          .ifPresent(timestamp -> delete(name + " ", timestamp, key, row.clustering()));
      String type = mutation.columns().get(change.column()).type();
      for (Cell cell : change.cells()) {
        groups.computeIfAbsent(cell.life(), life -> new Group(false)).add(name, type, cell);
      }
    }
    groups.forEach((life, group) -> write(life, group, key, row.clustering()));
  }

  private void delete(String what, long timestamp, List<String> key, List<ByteBuffer> clustering) {
    List<ByteBuffer> values = new ArrayList<>();
    values.add(bigint(timestamp));
    values.addAll(mutation.partitionKey());
    values.addAll(clustering);
    statements.add(
        new Shaped(
            "DELETE "
                + what
                + "FROM "
                + mutation.table().cql()
                + " USING TIMESTAMP ? WHERE "
                + equal(key),
            values,
            0));
  }

  /** A row's own mark is left by an INSERT alone, and no element is written by one. */
  private void write(Life life, Group group, List<String> key, List<ByteBuffer> clustering) {
    long writtenAt = life.ttl() > 0 ? life.writtenAt() : 0;
    List<ByteBuffer> using = List.of(bigint(life.timestamp()), integer(life.ttl()));
    if (group.row) {
      List<String> columns = new ArrayList<>(key.stream().map(TableName::quoted).toList());
      columns.addAll(group.cells.keySet());
      List<ByteBuffer> values = new ArrayList<>(mutation.partitionKey());
      values.addAll(clustering);
      values.addAll(group.cells.values());
      values.addAll(using);
      statements.add(
          new Shaped(
              "INSERT INTO "
                  + mutation.table().cql()
                  + " ("
                  + String.join(", ", columns)
                  + ") VALUES ("
                  + columns.stream().map(column -> "?").collect(Collectors.joining(", "))
                  + ") USING TIMESTAMP ? AND TTL ?",
              values,
              writtenAt));
    }
    List<String> assignments = new ArrayList<>();
    List<ByteBuffer> values = new ArrayList<>(using);
    if (!group.row) {
      group.cells.forEach(
          (column, value) -> {
            assignments.add(column + " = ?");
            values.add(value);
          });
    }
    group.elements.forEach(
        (clause, elements) -> {
          assignments.add(clause);
          values.add(elements.serialized());
        });
    if (!assignments.isEmpty()) {
      values.addAll(mutation.partitionKey());
      values.addAll(clustering);
      statements.add(
          new Shaped(
              "UPDATE "
                  + mutation.table().cql()
                  + " USING TIMESTAMP ? AND TTL ? SET "
                  + String.join(", ", assignments)
                  + " WHERE "
                  + equal(key),
              values,
              writtenAt));
    }
  }

  /** What was written to a row with one timestamp and one time to live. */
  private static final class Group {
    private final boolean row;
    private final Map<String, ByteBuffer> cells = new LinkedHashMap<>();
    private final Map<String, Elements> elements = new LinkedHashMap<>();

    Group(boolean row) {
      this.row = row;
    }

    void add(String name, String type, Cell cell) {
      ByteBuffer value = cell.value().orElse(null);
      if (cell.path().isEmpty()) {
        cells.put(name, value);
        return;
      }
      ByteBuffer path = cell.path().get();
      if (type.startsWith("map<")) {
        boolean put = cell.value().isPresent();
        element(name + (put ? " = " + name + " + ?" : " = " + name + " - ?"), path, value, put);
      } else if (type.startsWith("set<")) {
        boolean put = cell.value().isPresent();
        element(name + " = " + name + (put ? " + ?" : " - ?"), path, null, false);
      } else {
        String field = UTF_8.decode(path.duplicate()).toString();
        elements.put(name + "." + quoted(field) + " = ?", new Elements(value));
      }
    }

    private void element(String clause, ByteBuffer key, ByteBuffer value, boolean both) {
      Elements into = elements.computeIfAbsent(clause, one -> new Elements());
      into.count++;
      into.parts.add(key);
      if (both) {
        into.parts.add(value);
      }
    }
  }

  /** The elements of a collection that one statement writes, or a single field. */
  private static final class Elements {
    private final List<ByteBuffer> parts = new ArrayList<>();
    private final boolean field;
    private final ByteBuffer value;
    private int count;

    Elements() {
      this.field = false;
      this.value = null;
    }

    Elements(ByteBuffer value) {
      this.field = true;
      this.value = value;
    }

    /**
     * Returns the value in the form of protocol 3 and later: a count, then each with its length.
     */
    ByteBuffer serialized() {
      if (field) {
        return value;
      }
      int size = 4;
      for (ByteBuffer part : parts) {
        size += 4 + part.remaining();
      }
      ByteBuffer collection = ByteBuffer.allocate(size);
      collection.putInt(count);
      for (ByteBuffer part : parts) {
        collection.putInt(part.remaining());
        collection.put(part.duplicate());
      }
      return collection.flip();
    }
  }

  /** Returns the clause that says of columns what they are equal to. */
  static String equal(List<String> columns) {
    return columns.stream()
        .map(column -> quoted(column) + " = ?")
        .collect(Collectors.joining(" AND "));
  }

  static ByteBuffer bigint(long value) {
    return ByteBuffer.allocate(8).putLong(value).flip();
  }

  private static ByteBuffer integer(int value) {
    return ByteBuffer.allocate(4).putInt(value).flip();
  }

  /** Returns a partition key as Cassandra serializes it: several values with their lengths. */
  static ByteBuffer serializedKey(List<ByteBuffer> key) {
    if (key.size() == 1) {
      return key.get(0).duplicate();
    }
    int size = 0;
    for (ByteBuffer value : key) {
      size += 3 + value.remaining();
    }
    ByteBuffer serialized = ByteBuffer.allocate(size);
    for (ByteBuffer value : key) {
      serialized.putShort((short) value.remaining());
      serialized.put(value.duplicate());
      serialized.put((byte) 0);
    }
    return serialized.flip();
  }
}
