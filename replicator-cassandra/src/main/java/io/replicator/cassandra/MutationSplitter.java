package io.replicator.cassandra;

import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Range;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Splits a mutation that is too large for one record into several of the same partition: first what
 * was deleted, then the rows, a row that is too large by its cells. Cells are merged by their
 * timestamps wherever they arrive, so parts may be applied one by one.
 */
public final class MutationSplitter {
  /** Half of the largest record. */
  static final int MOST_BYTES = 1 << 20;

  private static final int CELL_OVERHEAD = 24;

  private final int most;

  /** Splits into parts of half a record. */
  public MutationSplitter() {
    this(MOST_BYTES);
  }

  MutationSplitter(int most) {
    this.most = most;
  }

  /** Returns the parts; the mutation itself if it is small enough. */
  public List<TableMutation> split(TableMutation whole) {
    if (size(whole) <= most) {
      return List.of(whole);
    }
    List<TableMutation> parts = new ArrayList<>();
    List<Range> ranges = new ArrayList<>();
    OptionalLong deletion = whole.deletion();
    int size = 0;
    for (Range range : whole.ranges()) {
      size += size(range);
      ranges.add(range);
      if (size > most) {
        parts.add(part(whole, deletion, ranges, Optional.empty(), List.of()));
        deletion = OptionalLong.empty();
        ranges.clear();
        size = 0;
      }
    }
    if (deletion.isPresent() || !ranges.isEmpty()) {
      parts.add(part(whole, deletion, ranges, Optional.empty(), List.of()));
    }
    OptionalLong none = OptionalLong.empty();
    if (whole.statics().isPresent()) {
      pieces(whole.statics().get())
          .forEach(row -> parts.add(part(whole, none, List.of(), Optional.of(row), List.of())));
    }
    List<Row> rows = new ArrayList<>();
    size = 0;
    for (Row row : whole.rows()) {
      for (Row piece : pieces(row)) {
        int more = size(piece);
        if (size + more > most && !rows.isEmpty()) {
          parts.add(part(whole, none, List.of(), Optional.empty(), rows));
          rows.clear();
          size = 0;
        }
        rows.add(piece);
        size += more;
      }
    }
    if (!rows.isEmpty()) {
      parts.add(part(whole, none, List.of(), Optional.empty(), rows));
    }
    return parts;
  }

  private static TableMutation part(
      TableMutation of,
      OptionalLong deletion,
      List<Range> ranges,
      Optional<Row> statics,
      List<Row> rows) {
    return new TableMutation(
        of.table(),
        of.id(),
        of.columns(),
        of.types(),
        of.partitionKey(),
        deletion,
        ranges,
        statics,
        rows);
  }

  private List<Row> pieces(Row row) {
    if (size(row) <= most) {
      return List.of(row);
    }
    List<Row> pieces = new ArrayList<>();
    List<ColumnChange> changes = new ArrayList<>();
    int size = 0;
    for (ColumnChange change : row.columns()) {
      List<Cell> cells = new ArrayList<>();
      OptionalLong deletion = change.deletion();
      for (Cell cell : change.cells()) {
        int more = size(cell);
        if (size + more > most && size > 0) {
          if (!cells.isEmpty() || deletion.isPresent()) {
            changes.add(new ColumnChange(change.column(), deletion, cells));
            deletion = OptionalLong.empty();
          }
          pieces.add(piece(row, changes, pieces.isEmpty()));
          changes.clear();
          cells.clear();
          size = 0;
        }
        cells.add(cell);
        size += more;
      }
      if (!cells.isEmpty() || deletion.isPresent()) {
        changes.add(new ColumnChange(change.column(), deletion, cells));
      }
    }
    if (!changes.isEmpty() || pieces.isEmpty()) {
      pieces.add(piece(row, changes, pieces.isEmpty()));
    }
    return pieces;
  }

  private static Row piece(Row row, List<ColumnChange> changes, boolean first) {
    return new Row(
        row.clustering(),
        first ? row.liveness() : Optional.empty(),
        first ? row.deletion() : OptionalLong.empty(),
        changes);
  }

  private static int size(TableMutation mutation) {
    int size = size(mutation.partitionKey()) + mutation.columns().size() * CELL_OVERHEAD;
    for (Range range : mutation.ranges()) {
      size += size(range);
    }
    size += mutation.statics().map(MutationSplitter::size).orElse(0);
    for (Row row : mutation.rows()) {
      size += size(row);
    }
    return size;
  }

  private static int size(Range range) {
    return size(range.start().values()) + size(range.end().values()) + CELL_OVERHEAD;
  }

  private static int size(Row row) {
    int size = size(row.clustering()) + CELL_OVERHEAD;
    for (ColumnChange change : row.columns()) {
      for (Cell cell : change.cells()) {
        size += size(cell);
      }
    }
    return size;
  }

  private static int size(Cell cell) {
    return CELL_OVERHEAD
        + cell.path().map(ByteBuffer::remaining).orElse(0)
        + cell.value().map(ByteBuffer::remaining).orElse(0);
  }

  private static int size(List<ByteBuffer> buffers) {
    int size = 0;
    for (ByteBuffer buffer : buffers) {
      size += buffer.remaining() + 4;
    }
    return size;
  }
}
