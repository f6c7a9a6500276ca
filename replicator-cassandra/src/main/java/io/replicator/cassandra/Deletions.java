package io.replicator.cassandra;

import static io.replicator.cassandra.TableName.quoted;

import io.replicator.cassandra.TableMutation.Bound;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Range;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a range of deleted rows into DELETE statements.
 *
 * <p>CQL can say of a range only that the first columns are equal and the next one lies between two
 * values. So a range whose ends have more columns is cut: with s and e the values of its ends, p
 * the number of columns in which they agree, the pieces are, for each j from the length of s down
 * to p + 2, the rows that agree with s in j - 1 columns and come after it in column j; then those
 * that agree in p and lie between both in column p + 1; then those towards e likewise. Together
 * they are the range, whatever the columns' order is.
 */
final class Deletions {
  private final String from;
  private final List<ByteBuffer> partitionKey;
  private final String keyClause;
  private final List<Column> clustering;

  Deletions(TableMutation mutation) {
    this.from = "DELETE FROM " + mutation.table().cql() + " USING TIMESTAMP ? WHERE ";
    this.partitionKey = mutation.partitionKey();
    this.keyClause = Statements.equal(mutation.names(Kind.PARTITION_KEY));
    this.clustering =
        mutation.columns().stream().filter(column -> column.kind() == Kind.CLUSTERING).toList();
  }

  /**
   * Returns the statements that delete a range.
   *
   * @throws IllegalArgumentException if it is open at both ends, which no CQL statement leaves
   */
  List<Shaped> range(Range range) {
    List<ByteBuffer> start = range.start().values();
    List<ByteBuffer> end = range.end().values();
    if (start.isEmpty() && end.isEmpty()) {
      throw new IllegalArgumentException("a deletion of all rows, but not of the partition");
    }
    int common = 0;
    while (common < Math.min(start.size(), end.size())
        && start.get(common).equals(end.get(common))) {
      common++;
    }
    List<Shaped> pieces = new ArrayList<>();
    for (int length = start.size(); length > common + 1; length--) {
      boolean inclusive = length == start.size() && range.start().inclusive();
      pieces.add(piece(start.subList(0, length - 1), after(start, length, inclusive), null, range));
    }
    boolean whole = start.size() == common && end.size() == common;
    if (!whole || (range.start().inclusive() && range.end().inclusive())) {
      pieces.add(
          piece(
              (start.size() > common ? start : end).subList(0, common),
              start.size() > common
                  ? after(start, common + 1, start.size() == common + 1 && inclusive(range.start()))
                  : null,
              end.size() > common
                  ? before(end, common + 1, end.size() == common + 1 && inclusive(range.end()))
                  : null,
              range));
    }
    for (int length = common + 2; length <= end.size(); length++) {
      boolean inclusive = length == end.size() && range.end().inclusive();
      pieces.add(piece(end.subList(0, length - 1), null, before(end, length, inclusive), range));
    }
    return pieces;
  }

  private record Limit(String clause, ByteBuffer value) {}

  private static boolean inclusive(Bound bound) {
    return bound.inclusive();
  }

  private Limit after(List<ByteBuffer> bound, int length, boolean inclusive) {
    return limit(bound, length, inclusive, clustering.get(length - 1).reversed() ? "<" : ">");
  }

  private Limit before(List<ByteBuffer> bound, int length, boolean inclusive) {
    return limit(bound, length, inclusive, clustering.get(length - 1).reversed() ? ">" : "<");
  }

  private Limit limit(List<ByteBuffer> bound, int length, boolean inclusive, String operator) {
    return new Limit(
        " AND "
            + quoted(clustering.get(length - 1).name())
            + " "
            + operator
            + (inclusive ? "=" : "")
            + " ?",
        bound.get(length - 1));
  }

  private Shaped piece(List<ByteBuffer> equal, Limit after, Limit before, Range range) {
    StringBuilder cql = new StringBuilder(from).append(keyClause);
    List<ByteBuffer> values = new ArrayList<>();
    values.add(Statements.bigint(range.timestamp()));
    values.addAll(partitionKey);
    for (int i = 0; i < equal.size(); i++) {
      cql.append(" AND ").append(quoted(clustering.get(i).name())).append(" = ?");
      values.add(equal.get(i));
    }
    for (Limit limit : new Limit[] {after, before}) {
      if (limit != null) {
        cql.append(limit.clause());
        values.add(limit.value());
      }
    }
    return new Shaped(cql.toString(), values, 0);
  }
}
