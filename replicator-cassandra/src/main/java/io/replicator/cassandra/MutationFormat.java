package io.replicator.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.cassandra.TableMutation.Bound;
import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Range;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The format of a table mutation as the payload of a change: format 1, described in this module's
 * DESIGN.md. Equal mutations have equal bytes.
 */
public final class MutationFormat {
  /** The format that is written. */
  public static final int FORMAT = 1;

  /** A kind's number is its place here, which never changes. */
  private static final List<Kind> KINDS =
      List.of(Kind.PARTITION_KEY, Kind.CLUSTERING, Kind.STATIC, Kind.REGULAR);

  private static final int DELETED = 1;
  private static final int LIVES = 2;
  private static final int EXPIRES = 4;
  private static final int HAS_VALUE = 1;
  private static final int HAS_PATH = 2;

  private MutationFormat() {}

  /** Returns the payload that holds a mutation. */
  public static byte[] encode(TableMutation mutation) {
    ByteWriter out = new ByteWriter();
    out.number(FORMAT);
    out.text(mutation.table().keyspace());
    out.text(mutation.table().table());
    out.id(mutation.id());
    out.number(mutation.columns().size());
    for (Column column : mutation.columns()) {
      out.number((KINDS.indexOf(column.kind()) << 1) | (column.reversed() ? 1 : 0));
      out.text(column.name());
      out.text(column.type());
    }
    out.number(mutation.types().size());
    for (TypeDefinition type : mutation.types()) {
      out.text(type.name());
      out.number(type.fields().size());
      for (TypeDefinition.Field field : type.fields()) {
        out.text(field.name());
        out.text(field.type());
      }
    }
    // Most timestamps of a mutation are one: each is written as its distance from the latest.
    long base = mutation.latest();
    out.signed(base);
    buffers(out, mutation.partitionKey());
    deletion(out, mutation.deletion(), base);
    out.number(mutation.ranges().size());
    for (Range range : mutation.ranges()) {
      bound(out, range.start());
      bound(out, range.end());
      out.signed(base - range.timestamp());
    }
    out.number(mutation.statics().isPresent() ? 1 : 0);
    mutation.statics().ifPresent(row -> row(out, row, base));
    out.number(mutation.rows().size());
    mutation.rows().forEach(row -> row(out, row, base));
    return out.bytes();
  }

  private static void bound(ByteWriter out, Bound bound) {
    out.number(bound.inclusive() ? 1 : 0);
    buffers(out, bound.values());
  }

  private static void buffers(ByteWriter out, List<ByteBuffer> buffers) {
    out.number(buffers.size());
    buffers.forEach(out::buffer);
  }

  private static void deletion(ByteWriter out, OptionalLong deletion, long base) {
    out.number(deletion.isPresent() ? 1 : 0);
    deletion.ifPresent(timestamp -> out.signed(base - timestamp));
  }

  private static void row(ByteWriter out, Row row, long base) {
    int flags =
        (row.deletion().isPresent() ? DELETED : 0) | (row.liveness().isPresent() ? LIVES : 0);
    out.number(flags);
    buffers(out, row.clustering());
    row.deletion().ifPresent(timestamp -> out.signed(base - timestamp));
    row.liveness().ifPresent(life -> life(out, life, base));
    out.number(row.columns().size());
    for (ColumnChange change : row.columns()) {
      out.number(change.column());
      deletion(out, change.deletion(), base);
      out.number(change.cells().size());
      change.cells().forEach(cell -> cell(out, cell, base));
    }
  }

  private static void life(ByteWriter out, Life life, long base) {
    out.signed(base - life.timestamp());
    out.number(life.ttl());
    if (life.ttl() > 0) {
      out.number(life.expiresAt());
    }
  }

  private static void cell(ByteWriter out, Cell cell, long base) {
    out.number(
        (cell.value().isPresent() ? HAS_VALUE : 0)
            | (cell.path().isPresent() ? HAS_PATH : 0)
            | (cell.life().ttl() > 0 ? EXPIRES : 0));
    out.signed(base - cell.life().timestamp());
    if (cell.life().ttl() > 0) {
      out.number(cell.life().ttl());
      out.number(cell.life().expiresAt());
    }
    cell.path().ifPresent(out::buffer);
    cell.value().ifPresent(out::buffer);
  }

  /**
   * Reads a payload. It bears no checksum of its own: the record around it does, and what is read
   * here was proved whole by that. So this refuses what no agent writes, not every flipped bit.
   *
   * @throws FormatException if it holds no mutation of this format
   */
  public static TableMutation decode(byte[] payload) {
    ByteReader in = new ByteReader(payload);
    try {
      long format = in.number();
      if (format > FORMAT) {
        throw new FormatException(format);
      }
      if (format < 1) {
        throw new FormatException("the payload has the format number " + format, null);
      }
      TableMutation mutation = decode(in);
      if (in.left() > 0) {
        throw new FormatException(in.left() + " bytes stand behind the mutation", null);
      }
      mutation.requireWhole();
      return mutation;
    } catch (BufferUnderflowException
        | CharacterCodingException
        | IllegalArgumentException
        | ArithmeticException e) {
      throw new FormatException("the payload is no table mutation: " + e, e);
    }
  }

  private static TableMutation decode(ByteReader in) throws CharacterCodingException {
    TableName table = new TableName(in.text(), in.text());
    UUID id = in.id();
    List<Column> columns = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      int kind = in.count();
      if (kind >> 1 >= KINDS.size()) {
        throw new IllegalArgumentException("no kind of column: " + kind);
      }
      columns.add(new Column(KINDS.get(kind >> 1), in.text(), in.text(), (kind & 1) != 0));
    }
    List<TypeDefinition> types = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      types.add(type(in));
    }
    long base = in.signed();
    List<ByteBuffer> key = buffers(in);
    OptionalLong deletion = deletion(in, base);
    List<Range> ranges = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      ranges.add(new Range(bound(in), bound(in), base - in.signed()));
    }
    Optional<Row> statics =
        in.count() == 0 ? Optional.empty() : Optional.of(row(in, base, columns.size()));
    List<Row> rows = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      rows.add(row(in, base, columns.size()));
    }
    return new TableMutation(table, id, columns, types, key, deletion, ranges, statics, rows);
  }

  private static TypeDefinition type(ByteReader in) throws CharacterCodingException {
    String name = in.text();
    List<TypeDefinition.Field> fields = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      fields.add(new TypeDefinition.Field(in.text(), in.text()));
    }
    return new TypeDefinition(name, fields);
  }

  private static Bound bound(ByteReader in) {
    boolean inclusive = in.count() != 0;
    return new Bound(buffers(in), inclusive);
  }

  private static List<ByteBuffer> buffers(ByteReader in) {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      buffers.add(in.buffer());
    }
    return buffers;
  }

  private static OptionalLong deletion(ByteReader in, long base) {
    return in.count() == 0 ? OptionalLong.empty() : OptionalLong.of(base - in.signed());
  }

  private static Row row(ByteReader in, long base, int columns) {
    int flags = in.count();
    List<ByteBuffer> clustering = buffers(in);
    OptionalLong deletion =
        (flags & DELETED) == 0 ? OptionalLong.empty() : OptionalLong.of(base - in.signed());
    Optional<Life> liveness =
        (flags & LIVES) == 0 ? Optional.empty() : Optional.of(life(in, base, in.signed()));
    List<ColumnChange> changes = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      int column = in.count();
      if (column >= columns) {
        throw new IllegalArgumentException("no column " + column);
      }
      OptionalLong whole = deletion(in, base);
      List<Cell> cells = new ArrayList<>();
      for (int more = in.count(); more > 0; more--) {
        cells.add(cell(in, base));
      }
      changes.add(new ColumnChange(column, whole, cells));
    }
    return new Row(clustering, liveness, deletion, changes);
  }

  private static Life life(ByteReader in, long base, long distance) {
    int ttl = in.count();
    return new Life(base - distance, ttl, ttl > 0 ? in.number() : 0);
  }

  private static Cell cell(ByteReader in, long base) {
    int flags = in.count();
    long timestamp = base - in.signed();
    Life life =
        (flags & EXPIRES) == 0
            ? Life.since(timestamp)
            : new Life(timestamp, in.count(), in.number());
    Optional<ByteBuffer> path =
        (flags & HAS_PATH) == 0 ? Optional.empty() : Optional.of(in.buffer());
    Optional<ByteBuffer> value =
        (flags & HAS_VALUE) == 0 ? Optional.empty() : Optional.of(in.buffer());
    return new Cell(life, path, value);
  }

  /** Writes numbers of variable length (LEB128; signed ones in zigzag), texts and buffers. */
  private static final class ByteWriter {
    private byte[] bytes = new byte[256];
    private int size;

    void number(long value) {
      room(10);
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      bytes[size++] = (byte) rest;
    }

    void signed(long value) {
      number((value << 1) ^ (value >> 63));
    }

    void text(String value) {
      buffer(ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    void id(UUID value) {
      room(2 * Long.BYTES);
      ByteBuffer.wrap(bytes, size, 2 * Long.BYTES)
          .putLong(value.getMostSignificantBits())
          .putLong(value.getLeastSignificantBits());
      size += 2 * Long.BYTES;
    }

    void buffer(ByteBuffer value) {
      int length = value.remaining();
      number(length);
      room(length);
      value.duplicate().get(bytes, size, length);
      size += length;
    }

    private void room(int more) {
      if (bytes.length - size < more) {
        bytes = java.util.Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
      }
    }

    byte[] bytes() {
      return java.util.Arrays.copyOf(bytes, size);
    }
  }

  /** Reads what a writer wrote; fails rather than read beyond the end. */
  private static final class ByteReader {
    private final ByteBuffer in;

    ByteReader(byte[] payload) {
      in = ByteBuffer.wrap(payload);
    }

    long number() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        byte next = in.get();
        value |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number has no end");
    }

    long signed() {
      long value = number();
      return (value >>> 1) ^ -(value & 1);
    }

    int count() {
      int count = Math.toIntExact(number());
      if (count < 0) {
        throw new IllegalArgumentException("a negative count " + count);
      }
      return count;
    }

    String text() throws CharacterCodingException {
      return UTF_8.newDecoder().decode(buffer()).toString();
    }

    UUID id() {
      return new UUID(in.getLong(), in.getLong());
    }

    ByteBuffer buffer() {
      int length = count();
      if (length > in.remaining()) {
        throw new BufferUnderflowException();
      }
      ByteBuffer value = in.slice(in.position(), length);
      in.position(in.position() + length);
      return value;
    }

    int left() {
      return in.remaining();
    }
  }
}
