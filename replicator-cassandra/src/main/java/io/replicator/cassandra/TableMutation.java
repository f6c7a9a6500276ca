package io.replicator.cassandra;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A table mutation is what one write did to one partition of one table: names and serialized cells,
 * each with its own timestamp, in the form in which the CQL protocol carries values.
 *
 * <p>Timestamps are microseconds since 1970, as Cassandra keeps them. Buffers are never written to
 * and never moved: readers duplicate them. Immutable by that contract.
 *
 * @param table where
 * @param id of that table at the origin: another one that is created under its name has another
 * @param columns the key's columns, in their order, then the others that occur
 * @param types the user-defined types of which those are made, in the order of their names
 * @param partitionKey a value for each partition key column
 * @param deletion when the whole partition was deleted
 * @param ranges ranges of rows that were deleted
 * @param statics what became of the static columns
 * @param rows what became of each row
 */
public record TableMutation(
    TableName table,
    UUID id,
    List<Column> columns,
    List<TypeDefinition> types,
    List<ByteBuffer> partitionKey,
    OptionalLong deletion,
    List<Range> ranges,
    Optional<Row> statics,
    List<Row> rows) {

  public TableMutation {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(deletion, "deletion");
    Objects.requireNonNull(statics, "statics");
    columns = List.copyOf(columns);
    types = List.copyOf(types);
    partitionKey = List.copyOf(partitionKey);
    ranges = List.copyOf(ranges);
    rows = List.copyOf(rows);
  }

  /**
   * Refuses what no write leaves, and what no statement could be made of.
   *
   * @throws IllegalArgumentException if a key has too few or too many values, a column stands where
   *     it cannot, or a time to live is none
   */
  void requireWhole() {
    int clustering = names(Kind.CLUSTERING).size();
    require(!partitionKey.isEmpty(), "a partition key");
    require(partitionKey.size() == names(Kind.PARTITION_KEY).size(), "its partition key's values");
    for (Range range : ranges) {
      require(range.start().values().size() <= clustering, "a range's start");
      require(range.end().values().size() <= clustering, "a range's end");
    }
    statics.ifPresent(row -> requireWhole(row, 0, Kind.STATIC));
    rows.forEach(row -> requireWhole(row, clustering, Kind.REGULAR));
  }

  private void requireWhole(Row row, int clustering, Kind kind) {
    require(row.clustering().size() == clustering, "a row's clustering values");
    row.liveness().ifPresent(life -> require(life.isPossible(), "a row's time to live"));
    for (ColumnChange change : row.columns()) {
      Column column = columns.get(change.column());
      require(column.kind() == kind, "a place for column " + column.name());
      change.cells().forEach(cell -> require(cell.life().isPossible(), "a cell's time to live"));
    }
  }

  private static void require(boolean there, String what) {
    if (!there) {
      throw new IllegalArgumentException("it is without " + what);
    }
  }

  /** Returns the names of the columns of a kind, in their order. */
  public List<String> names(Kind kind) {
    return columns.stream().filter(column -> column.kind() == kind).map(Column::name).toList();
  }

  /** Returns the timestamp of the latest cell or deletion; {@link Long#MIN_VALUE} if none is. */
  public long latest() {
    long latest = deletion.orElse(Long.MIN_VALUE);
    for (Range range : ranges) {
      latest = Math.max(latest, range.timestamp());
    }
    if (statics.isPresent()) {
      latest = Math.max(latest, statics.get().latest());
    }
    for (Row row : rows) {
      latest = Math.max(latest, row.latest());
    }
    return latest;
  }

  /** What a column is in its table. */
  public enum Kind {
    PARTITION_KEY,
    CLUSTERING,
    STATIC,
    REGULAR
  }

  /**
   * A column by its name.
   *
   * @param type in CQL, as {@code system_schema.columns} has it
   * @param reversed whether rows stand in descending order of it
   */
  public record Column(Kind kind, String name, String type, boolean reversed) {
    public Column {
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(type, "type");
    }
  }

  /**
   * A range of rows that was deleted, in the order of the rows.
   *
   * @param timestamp when
   */
  public record Range(Bound start, Bound end, long timestamp) {}

  /**
   * An end of a range.
   *
   * @param values of the first clustering columns; none if the range is open at this end
   * @param inclusive whether rows that begin with these values belong to the range
   */
  public record Bound(List<ByteBuffer> values, boolean inclusive) {
    public Bound {
      values = List.copyOf(values);
    }
  }

  /**
   * A row, or the static columns of a partition.
   *
   * @param clustering a value for each clustering column; none for static columns
   * @param liveness the row's own mark, which an INSERT leaves and an UPDATE does not
   * @param deletion when the whole row was deleted
   * @param columns what became of its columns
   */
  public record Row(
      List<ByteBuffer> clustering,
      Optional<Life> liveness,
      OptionalLong deletion,
      List<ColumnChange> columns) {
    public Row {
      Objects.requireNonNull(liveness, "liveness");
      Objects.requireNonNull(deletion, "deletion");
      clustering = List.copyOf(clustering);
      columns = List.copyOf(columns);
    }

    long latest() {
      long latest = deletion.orElse(Long.MIN_VALUE);
      if (liveness.isPresent()) {
        latest = Math.max(latest, liveness.get().timestamp());
      }
      for (ColumnChange column : columns) {
        latest = Math.max(latest, column.deletion().orElse(Long.MIN_VALUE));
        for (Cell cell : column.cells()) {
          latest = Math.max(latest, cell.life().timestamp());
        }
      }
      return latest;
    }
  }

  /**
   * What became of one column of a row.
   *
   * @param column its place among the mutation's columns
   * @param deletion when a whole collection or user-defined type was deleted
   * @param cells one of a simple column; one for each element of a collection, or field of a type
   */
  public record ColumnChange(int column, OptionalLong deletion, List<Cell> cells) {
    public ColumnChange {
      Objects.requireNonNull(deletion, "deletion");
      cells = List.copyOf(cells);
    }
  }

  /**
   * A cell.
   *
   * @param path the element's key in a map, the element in a set, the field's name in a
   *     user-defined type; empty for a simple column
   * @param value empty if the cell was deleted
   */
  public record Cell(Life life, Optional<ByteBuffer> path, Optional<ByteBuffer> value) {
    public Cell {
      Objects.requireNonNull(life, "life");
      Objects.requireNonNull(path, "path");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * When something was written, and until when it lives.
   *
   * @param timestamp of the write
   * @param ttl in seconds; 0 if it lives for ever
   * @param expiresAt in seconds since 1970; 0 if it lives for ever
   */
  public record Life(long timestamp, int ttl, long expiresAt) {
    /** The longest time to live that Cassandra takes: 20 years. */
    private static final int MOST_TTL = 20 * 365 * 24 * 60 * 60;

    /** Tells whether it lives for ever, or was written in a second that a request can name. */
    boolean isPossible() {
      return ttl == 0
          ? expiresAt == 0
          : ttl > 0 && ttl <= MOST_TTL && writtenAt() >= 0 && writtenAt() <= Integer.MAX_VALUE;
    }

    /** Lives for ever. */
    public static Life since(long timestamp) {
      return new Life(timestamp, 0, 0);
    }

    /** Returns the second in which it was written, by which its expiry was reckoned. */
    public long writtenAt() {
      return expiresAt - ttl;
    }
  }
}
