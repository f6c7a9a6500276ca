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
    assertThat(TargetSchema.lacks(mutation, target(List.of(A, B)))).isEmpty();
    assertThat(TargetSchema.lacks(mutation, target(List.of(B, A))))
        .containsExactly(
            new Lack("the table shop.orders has another primary key", Optional.empty()));
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
    assertThat(TargetSchema.lacks(mutation, target(List.of(A, priced))))
        .containsExactly(
            new Lack(
                "the column shop.orders.item text is missing",
                Optional.of("ALTER TABLE shop.orders ADD item text")),
            new Lack(
                "the column shop.orders.price is int here and decimal at the origin",
                Optional.empty()));
  }

  @Test
  void aColumnOfTheKeyIsMissingWithoutAStatementThatCouldAddIt() {
    TableMutation mutation = mutation(TABLE, List.of(A, B));
    assertThat(TargetSchema.lacks(mutation, target(List.of(A))))
        .containsExactly(
            new Lack(
                "the column shop.orders.b int in the partition key is missing", Optional.empty()));
  }

  @Test
  void aTableThatIsMissingIsMadeOfWhatTheMutationTells() {
    Column day = new Column(Kind.CLUSTERING, "Day", "date", true);
    Column order = new Column(Kind.CLUSTERING, "order", "int", false);
    Column note = new Column(Kind.STATIC, "note", "frozen<list<text>>", false);
    Column item = new Column(Kind.REGULAR, "item", "text", false);
    TableName fresh = new TableName("shop", "fresh");
    assertThat(
            TargetSchema.lacks(
                mutation(fresh, List.of(A, B, day, order, note, item)), target(List.of(A))))
        .containsExactly(
            new Lack(
                "the table shop.fresh is missing",
                Optional.of(
                    "CREATE TABLE shop.fresh (a int, b int, \"Day\" date, \"order\" int, note"
                        + " frozen<list<text>> static, item text, PRIMARY KEY ((a, b), \"Day\","
                        + " \"order\")) WITH CLUSTERING ORDER BY (\"Day\" DESC, \"order\" ASC) AND"
                        + " cdc = true")));
  }

  private static TableMutation mutation(TableName table, List<Column> columns) {
    return new TableMutation(
        table,
        columns,
        List.of(ByteBuffer.allocate(4), ByteBuffer.allocate(4)),
        OptionalLong.of(1),
        List.of(),
        Optional.empty(),
        List.of());
  }
}
