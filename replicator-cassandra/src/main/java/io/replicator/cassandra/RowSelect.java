package io.replicator.cassandra;

import static io.replicator.cassandra.TableName.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The SELECT of a backfill asks for every cell of a table's rows with its times, and turns what
 * comes back into mutations that write the same again. Immutable.
 *
 * <p>The mark that an INSERT leaves on a row cannot be read by CQL; a row in which no cell lives
 * gets one that is older than every write.
 */
final class RowSelect {
  private static final int MOST_NAME = 200;

  /** In microseconds, as those of writes. */
  private static final long OLDEST = 1;

  private final TableShape table;
  private final List<Column> key;
  private final List<Column> cells;

  RowSelect(TableShape table) {
    this.table = table;
    this.key = table.columns().stream().filter(RowSelect::isKey).toList();
    this.cells = table.columns().stream().filter(column -> !isKey(column)).toList();
  }

  private static boolean isKey(Column column) {
    return column.kind() == Kind.PARTITION_KEY || column.kind() == Kind.CLUSTERING;
  }

  /** Returns a row's key as an operator would write it. */
  String name(com.datastax.oss.driver.api.core.cql.Row row) {
    StringBuilder name = new StringBuilder(table.name().toString());
    for (int i = 0; i < key.size(); i++) {
      name.append(i == 0 ? " " : ", ").append(key.get(i).name()).append(" = ");
      name.append(row.codecRegistry().codecFor(row.getType(1 + i)).format(row.getObject(1 + i)));
    }
    return name.length() > MOST_NAME ? name.substring(0, MOST_NAME) + "…" : name.toString();
  }

  /** Returns the statement, with the token after which to begin and the last one left open. */
  String cql() {
    String partition =
        key.stream()
            .filter(column -> column.kind() == Kind.PARTITION_KEY)
            .map(column -> quoted(column.name()))
            .collect(Collectors.joining(", "));
    StringBuilder cql = new StringBuilder("SELECT TOKEN(").append(partition).append(")");
    key.forEach(column -> cql.append(", ").append(quoted(column.name())));
    for (Column column : cells) {
      String name = quoted(column.name());
      cql.append(", ").append(name);
      cql.append(", WRITETIME(").append(name).append("), TTL(").append(name).append(")");
    }
    return cql.append(" FROM ")
        .append(table.name().cql())
        .append(" WHERE TOKEN(")
        .append(partition)
        .append(") > ? AND TOKEN(")
        .append(partition)
        .append(") <= ?")
        .toString();
  }

  /** Returns what a row says; its first column is its token. */
  TableMutation mutation(com.datastax.oss.driver.api.core.cql.Row row, long now) {
    List<ByteBuffer> partition = new ArrayList<>();
    List<ByteBuffer> clustering = new ArrayList<>();
    boolean only = false;
    for (int i = 0; i < key.size(); i++) {
      ByteBuffer value = row.getBytesUnsafe(1 + i);
      if (key.get(i).kind() == Kind.PARTITION_KEY) {
        partition.add(value);
      } else if (value == null) {
        only = true; // a partition that has nothing but static columns
      } else {
        clustering.add(value);
      }
    }
    List<Column> columns = new ArrayList<>(key);
    List<ColumnChange> regular = new ArrayList<>();
    List<ColumnChange> statics = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      List<Cell> found = cells(row, 1 + key.size() + 3 * i, now);
      if (!found.isEmpty()) {
        Column column = cells.get(i);
        columns.add(column);
        (column.kind() == Kind.STATIC ? statics : regular)
            .add(new ColumnChange(columns.size() - 1, OptionalLong.empty(), found));
      }
    }
    Optional<Life> mark = regular.isEmpty() ? Optional.of(mark(now)) : Optional.empty();
    return new TableMutation(
        table.name(),
        table.id(),
        columns,
        table.typesOf(columns),
        partition,
        OptionalLong.empty(),
        List.of(),
        statics.isEmpty()
            ? Optional.empty()
            : Optional.of(new Row(List.of(), Optional.empty(), OptionalLong.empty(), statics)),
        only ? List.of() : List.of(new Row(clustering, mark, OptionalLong.empty(), regular)));
  }

  /**
   * Where a table has a default time to live, a row of nothing but its key most likely got that:
   * without one it would live at the target for ever.
   */
  private Life mark(long now) {
    return life(OLDEST, table.defaultTimeToLive(), now);
  }

  /** Returns the cells of a column that live: of a collection or type one for each element. */
  private static List<Cell> cells(com.datastax.oss.driver.api.core.cql.Row row, int at, long now) {
    ByteBuffer value = row.getBytesUnsafe(at);
    if (value == null) {
      return List.of();
    }
    if (row.getType(at + 1).equals(DataTypes.BIGINT)) {
      Life life = life(row.getLong(at + 1), row.isNull(at + 2) ? 0 : row.getInt(at + 2), now);
      return List.of(new Cell(life, Optional.empty(), Optional.of(value)));
    }
    List<ByteBuffer> times = elements(row.getBytesUnsafe(at + 1));
    List<ByteBuffer> ttls = elements(row.getBytesUnsafe(at + 2));
    List<Cell> cells = new ArrayList<>();
    if (row.getType(at) instanceof UserDefinedType type) {
      ByteBuffer fields = value.duplicate();
      for (int i = 0; i < type.getFieldNames().size() && fields.remaining() >= 4; i++) {
        ByteBuffer field = sized(fields);
        if (field != null && times.get(i) != null) {
          byte[] name = type.getFieldNames().get(i).asInternal().getBytes(UTF_8);
          cells.add(
              new Cell(
                  life(times, ttls, i, now),
                  Optional.of(ByteBuffer.wrap(name)),
                  Optional.of(field)));
        }
      }
      return cells;
    }
    boolean map = row.getType(at) instanceof com.datastax.oss.driver.api.core.type.MapType;
    ByteBuffer elements = value.duplicate();
    int count = elements.getInt();
    for (int i = 0; i < count; i++) {
      ByteBuffer path = sized(elements);
      cells.add(
          new Cell(
              life(times, ttls, i, now),
              Optional.of(path),
              Optional.of(map ? sized(elements) : ByteBuffer.allocate(0))));
    }
    return cells;
  }

  private static Life life(List<ByteBuffer> times, List<ByteBuffer> ttls, int i, long now) {
    ByteBuffer ttl = ttls.get(i);
    return life(times.get(i).getLong(0), ttl == null ? 0 : ttl.getInt(0), now);
  }

  /** The original time to live cannot be read: what is left of it expires in the same second. */
  private static Life life(long timestamp, int left, long now) {
    return left > 0 ? new Life(timestamp, left, now + left) : Life.since(timestamp);
  }

  /** Returns the elements of a list, null among them. */
  private static List<ByteBuffer> elements(ByteBuffer list) {
    List<ByteBuffer> elements = new ArrayList<>();
    if (list != null) {
      ByteBuffer in = list.duplicate();
      for (int left = in.getInt(); left > 0; left--) {
        elements.add(sized(in));
      }
    }
    return elements;
  }

  private static ByteBuffer sized(ByteBuffer in) {
    int size = in.getInt();
    if (size < 0) {
      return null;
    }
    ByteBuffer value = in.slice(in.position(), size);
    in.position(in.position() + size);
    return value;
  }
}
