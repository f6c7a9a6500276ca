package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.cassandra.TableMutation;
import io.replicator.cassandra.TableMutation.Bound;
import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Range;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.cassandra.db.ClusteringPrefix;
import org.apache.cassandra.db.DeletionTime;
import org.apache.cassandra.db.LivenessInfo;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.CompositeType;
import org.apache.cassandra.db.marshal.ListType;
import org.apache.cassandra.db.marshal.UserType;
import org.apache.cassandra.db.rows.ColumnData;
import org.apache.cassandra.db.rows.ComplexColumnData;
import org.apache.cassandra.db.rows.RangeTombstoneMarker;
import org.apache.cassandra.db.rows.Unfiltered;
import org.apache.cassandra.db.rows.UnfilteredRowIterator;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;

/**
 * Translates one partition of a mutation into names and serialized cells. For one partition, and
 * one thread.
 */
final class PartitionTranslator {
  private final NodeSchema.Known table;
  private final TableMetadata metadata;
  private final List<Column> columns = new ArrayList<>();
  private int leftOut;

  PartitionTranslator(NodeSchema.Known table, TableMetadata metadata) {
    this.table = table;
    this.metadata = metadata;
    metadata.partitionKeyColumns().forEach(column -> columns.add(column(column)));
    metadata.clusteringColumns().forEach(column -> columns.add(column(column)));
  }

  /** Returns how many columns were left out: lists, whose elements cannot be written by CQL. */
  int leftOut() {
    return leftOut;
  }

  TableMutation translate(UnfilteredRowIterator partition) {
    List<Range> ranges = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    Optional<Row> statics =
        partition.staticRow().isEmpty()
            ? Optional.empty()
            : Optional.of(row(partition.staticRow(), List.of()));
    Bound open = null;
    while (partition.hasNext()) {
      Unfiltered next = partition.next();
      if (next instanceof org.apache.cassandra.db.rows.Row row) {
        rows.add(row(row, values(row.clustering())));
      } else if (next instanceof RangeTombstoneMarker marker) {
        if (marker.isClose(false)) {
          long timestamp = marker.closeDeletionTime(false).markedForDeleteAt();
          ranges.add(new Range(open, bound(marker.closeBound(false)), timestamp));
        }
        open = marker.isOpen(false) ? bound(marker.openBound(false)) : null;
      }
    }
    return new TableMutation(
        table.name(),
        table.shape().id(),
        columns,
        table.shape().typesOf(columns),
        key(partition.partitionKey().getKey()),
        deletion(partition.partitionLevelDeletion()),
        ranges,
        statics,
        rows);
  }

  private Column column(ColumnMetadata column) {
    String name = column.name.toString();
    Kind kind =
        switch (column.kind) {
          case PARTITION_KEY -> Kind.PARTITION_KEY;
          case CLUSTERING -> Kind.CLUSTERING;
          case STATIC -> Kind.STATIC;
          case REGULAR -> Kind.REGULAR;
        };
    return new Column(kind, name, table.type(name), column.type.isReversed());
  }

  /** Returns a column's place in the mutation, which it gets when it first occurs. */
  private int place(ColumnMetadata column) {
    Column wanted = column(column);
    int place = columns.indexOf(wanted);
    if (place < 0) {
      columns.add(wanted);
      return columns.size() - 1;
    }
    return place;
  }

  private List<ByteBuffer> key(ByteBuffer key) {
    return metadata.partitionKeyType instanceof CompositeType composite
        ? List.of(composite.split(key))
        : List.of(key);
  }

  private static List<ByteBuffer> values(ClusteringPrefix<?> prefix) {
    List<ByteBuffer> values = new ArrayList<>(prefix.size());
    for (int i = 0; i < prefix.size(); i++) {
      values.add(prefix.bufferAt(i));
    }
    return values;
  }

  private static Bound bound(org.apache.cassandra.db.ClusteringBound<?> bound) {
    return new Bound(values(bound), bound.isInclusive());
  }

  private static OptionalLong deletion(DeletionTime deletion) {
    return deletion.isLive() ? OptionalLong.empty() : OptionalLong.of(deletion.markedForDeleteAt());
  }

  private Row row(org.apache.cassandra.db.rows.Row row, List<ByteBuffer> clustering) {
    LivenessInfo liveness = row.primaryKeyLivenessInfo();
    List<ColumnChange> changes = new ArrayList<>();
    for (ColumnData data : row) {
      change(data).ifPresent(changes::add);
    }
    return new Row(
        clustering,
        liveness.isEmpty()
            ? Optional.empty()
            : Optional.of(
                life(liveness.timestamp(), liveness.ttl(), liveness.localExpirationTime())),
        deletion(row.deletion().time()),
        changes);
  }

  private Optional<ColumnChange> change(ColumnData data) {
    ColumnMetadata column = data.column();
    if (table.shape().column(column.name.toString()).isEmpty()) {
      return Optional.empty(); // dropped since
    }
    if (data instanceof ComplexColumnData complex) {
      AbstractType<?> type = column.type.unwrap();
      if (type instanceof ListType) {
        leftOut++;
        return Optional.empty();
      }
      List<Cell> cells = new ArrayList<>();
      for (org.apache.cassandra.db.rows.Cell<?> cell : complex) {
        ByteBuffer path = cell.path().get(0);
        cells.add(
            cell(cell, Optional.of(type instanceof UserType udt ? fieldName(udt, path) : path)));
      }
      return Optional.of(
          new ColumnChange(place(column), deletion(complex.complexDeletion()), cells));
    }
    org.apache.cassandra.db.rows.Cell<?> cell = (org.apache.cassandra.db.rows.Cell<?>) data;
    return Optional.of(
        new ColumnChange(
            place(column), OptionalLong.empty(), List.of(cell(cell, Optional.empty()))));
  }

  private static ByteBuffer fieldName(UserType type, ByteBuffer path) {
    int position = ByteBufferUtil.toShort(path.duplicate());
    return ByteBuffer.wrap(type.fieldNameAsString(position).getBytes(UTF_8));
  }

  private static Cell cell(org.apache.cassandra.db.rows.Cell<?> cell, Optional<ByteBuffer> path) {
    return cell.isTombstone()
        ? new Cell(Life.since(cell.timestamp()), path, Optional.empty())
        : new Cell(
            life(cell.timestamp(), cell.ttl(), cell.localDeletionTime()),
            path,
            Optional.of(cell.buffer()));
  }

  private static Life life(long timestamp, int ttl, long expiresAt) {
    return ttl > 0 ? new Life(timestamp, ttl, expiresAt) : Life.since(timestamp);
  }
}
