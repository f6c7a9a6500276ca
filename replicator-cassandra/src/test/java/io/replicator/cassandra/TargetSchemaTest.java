package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a mutation needs of the table into which it is written. */
class TargetSchemaTest {
  private static final TableName TABLE = new TableName("shop", "orders");
  private static final Column A = new Column(Kind.PARTITION_KEY, "a", "int", false);
  private static final Column B = new Column(Kind.PARTITION_KEY, "b", "int", false);

  private static Map<String, TableShape> target(List<Column> columns) {
    return Map.of(
        "orders",
        shape(TABLE, columns),
        Selection.MARKER,
        shape(Selection.marker("shop"), List.of()));
  }

  private static TableShape shape(TableName name, List<Column> columns) {
    return new TableShape(name, columns, true, false, false, 864_000, 0);
  }

  @Test
  void aKeyOfTheSameColumnsInAnotherOrderIsAnotherKey() {
    TableMutation mutation =
        new TableMutation(
            TABLE,
            List.of(A, B),
            List.of(ByteBuffer.allocate(4), ByteBuffer.allocate(4)),
            OptionalLong.of(1),
            List.of(),
            Optional.empty(),
            List.of());
    assertThat(TargetSchema.missing(mutation, target(List.of(A, B)))).isEmpty();
    assertThat(TargetSchema.missing(mutation, target(List.of(B, A))))
        .containsExactly("the table shop.orders has another primary key");
  }

  @Test
  void allThatIsMissingIsNamedAtOnce() {
    Column item = new Column(Kind.REGULAR, "item", "text", false);
    Column price = new Column(Kind.REGULAR, "price", "decimal", false);
    Column priced = new Column(Kind.REGULAR, "price", "int", false);
    TableMutation mutation =
        new TableMutation(
            TABLE,
            List.of(A, item, price),
            List.of(ByteBuffer.allocate(4)),
            OptionalLong.of(1),
            List.of(),
            Optional.empty(),
            List.of());
    assertThat(TargetSchema.missing(mutation, target(List.of(A, priced))))
        .containsExactly(
            "the column shop.orders.item text is missing",
            "the column shop.orders.price is int here and decimal at the origin");
  }
}
