package io.replicator.cassandra;

import static io.replicator.cassandra.TableName.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Row;
import io.replicator.spi.ChangeSink;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * A backfill of one table reads the present state of a range of tokens and hands it to a sink: each
 * cell with the time at which it was written and its time to live, so that what the target has
 * newer stays. One thread.
 *
 * <p>It does not send what is not there: deletions are known to the log alone. The mark that an
 * INSERT leaves on a row cannot be read by CQL; a row in which no cell lives gets one that is older
 * than every write.
 */
public final class TableBackfill {
  /** Of the Murmur3 partitioner. */
  public static final long FIRST_TOKEN = Long.MIN_VALUE;

  private static final int PAGE = 500;

  private final CqlSession session;
  private final TableShape table;
  private final ChangeSink sink;
  private final int rowsPerSecond;
  private final InstantSource clock;
  private final List<Column> key;
  private final List<Column> cells;

  /** What is left of a time to live is told as of this second. */
  private long now;

  /**
   * @param rowsPerSecond the most that are read
   */
  public TableBackfill(
      CqlSession session,
      TableShape table,
      ChangeSink sink,
      int rowsPerSecond,
      InstantSource clock) {
    this.session = session;
    this.table = table;
    this.sink = sink;
    this.rowsPerSecond = rowsPerSecond;
    this.clock = clock;
    this.key = table.columns().stream().filter(TableBackfill::isKey).toList();
    this.cells = table.columns().stream().filter(column -> !isKey(column)).toList();
  }

  private static boolean isKey(Column column) {
    return column.kind() == Kind.PARTITION_KEY || column.kind() == Kind.CLUSTERING;
  }

  /**
   * Sends all rows whose token is above one and at most another; returns when all are durable.
   *
   * @param from the token after which to begin: {@link #FIRST_TOKEN}, or the last that was told
   * @param to the last token
   * @param progress is told a token whenever everything up to it is durable
   * @return how many rows were sent
   * @throws com.datastax.oss.driver.api.core.DriverException if the cluster does not answer: begin
   *     again at the last token told
   */
  public long run(long from, long to, LongConsumer progress) throws InterruptedException {
    PreparedStatement select = session.prepare(cql());
    now = clock.instant().getEpochSecond();
    ResultSet rows =
        session.execute(
            select
                .bind(from, to)
                .setPageSize(PAGE)
                .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM)
                .setIdempotent(true)
                .setNowInSeconds(Math.toIntExact(now)));
    long begin = System.nanoTime();
    long count = 0;
    long token = from;
    List<CompletableFuture<Void>> underWay = new ArrayList<>();
    for (com.datastax.oss.driver.api.core.cql.Row row : rows) {
      long next = row.getLong(0);
      if (underWay.size() >= PAGE) {
        awaitAll(underWay);
        if (next != token) {
          progress.accept(token);
        }
      }
      token = next;
      underWay.add(send(row));
      count++;
      pace(begin, count);
    }
    awaitAll(underWay);
    progress.accept(to);
    return count;
  }

  private void pace(long begin, long count) throws InterruptedException {
    long due = begin + TimeUnit.SECONDS.toNanos(count) / rowsPerSecond;
    long early = due - System.nanoTime();
    if (early > 0) {
      TimeUnit.NANOSECONDS.sleep(early);
    }
  }

  private CompletableFuture<Void> send(com.datastax.oss.driver.api.core.cql.Row row) {
    return sink.ready()
        .thenCompose(ready -> sink.offer(Changes.again(mutation(row), clock.instant())))
        .toCompletableFuture();
  }

  private static void awaitAll(List<CompletableFuture<Void>> underWay) throws InterruptedException {
    try {
      CompletableFuture.allOf(underWay.toArray(CompletableFuture<?>[]::new)).get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
    underWay.clear();
  }

  private String cql() {
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

  private TableMutation mutation(com.datastax.oss.driver.api.core.cql.Row row) {
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
      List<Cell> found = cells(row, 1 + key.size() + 3 * i);
      if (!found.isEmpty()) {
        Column column = cells.get(i);
        columns.add(column);
        (column.kind() == Kind.STATIC ? statics : regular)
            .add(new ColumnChange(columns.size() - 1, OptionalLong.empty(), found));
      }
    }
    Optional<Life> mark = regular.isEmpty() ? Optional.of(Life.since(1)) : Optional.empty();
    return new TableMutation(
        table.name(),
        columns,
        partition,
        OptionalLong.empty(),
        List.of(),
        statics.isEmpty()
            ? Optional.empty()
            : Optional.of(new Row(List.of(), Optional.empty(), OptionalLong.empty(), statics)),
        only ? List.of() : List.of(new Row(clustering, mark, OptionalLong.empty(), regular)));
  }

  /** Returns the cells of a column that live: of a collection or type one for each element. */
  private List<Cell> cells(com.datastax.oss.driver.api.core.cql.Row row, int at) {
    ByteBuffer value = row.getBytesUnsafe(at);
    if (value == null) {
      return List.of();
    }
    if (row.getType(at + 1).equals(DataTypes.BIGINT)) {
      Life life = life(row.getLong(at + 1), row.isNull(at + 2) ? 0 : row.getInt(at + 2));
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
                  life(times, ttls, i), Optional.of(ByteBuffer.wrap(name)), Optional.of(field)));
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
              life(times, ttls, i),
              Optional.of(path),
              Optional.of(map ? sized(elements) : ByteBuffer.allocate(0))));
    }
    return cells;
  }

  private Life life(List<ByteBuffer> times, List<ByteBuffer> ttls, int i) {
    ByteBuffer ttl = ttls.get(i);
    return life(times.get(i).getLong(0), ttl == null ? 0 : ttl.getInt(0));
  }

  /** The original time to live cannot be read: what is left of it expires in the same second. */
  private Life life(long timestamp, int left) {
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
