package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a mutation needs of the table into which it is written. */
class TargetSchemaTest {
  private static final UUID ID = new UUID(1, 2);
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
    return shape(name, columns, List.of());
  }

  private static TableShape shape(
      TableName name, List<Column> columns, List<TypeDefinition> types) {
    return new TableShape(name, ID, columns, types, true, false, false, 864_000, 0);
  }

  @Test
  void aKeyOfTheSameColumnsInAnotherOrderIsAnotherKey() {
    TableMutation mutation =
        new TableMutation(
            TABLE,
            ID,
            List.of(A, B),
            List.of(),
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
            ID,
            List.of(A, item, price),
            List.of(),
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

  private static TypeDefinition type(String name, String... fields) {
    return new TypeDefinition(
        name,
        Stream.of(fields)
            .map(field -> field.split(" ", 2))
            .map(field -> new TypeDefinition.Field(field[0], field[1]))
            .toList());
  }

  private static List<String> missing(List<TypeDefinition> written, List<TypeDefinition> there) {
    Column homes = new Column(Kind.REGULAR, "homes", "map<text, frozen<\"Address\">>", false);
    TableShape origin = shape(TABLE, List.of(A, homes), written);
    TableMutation mutation =
        new TableMutation(
            TABLE,
            ID,
            origin.columns(),
            origin.typesOf(origin.columns()),
            List.of(ByteBuffer.allocate(4)),
            OptionalLong.of(1),
            List.of(),
            Optional.empty(),
            List.of());
    return TargetSchema.missing(mutation, Map.of("orders", shape(TABLE, List.of(A, homes), there)));
  }

  @Test
  void aTypeOfTheSameNameWithOtherFieldsIsAnotherType() {
    TypeDefinition address = type("Address", "street text", "place frozen<place>");
    TypeDefinition place = type("place", "town text", "zip int");
    TypeDefinition unused = type("unused", "x int");
    List<TypeDefinition> written = List.of(address, place, unused);
    assertThat(missing(written, List.of(address, place))).isEmpty();
    assertThat(missing(written, List.of(address, type("place", "zip int", "town text"))))
        .containsExactly(
            "the type shop.place is (zip int, town text) here and (town text, zip int) at the"
                + " origin");
    assertThat(missing(written, List.of(address, type("place", "town text", "code int"))))
        .hasSize(1);
    assertThat(missing(written, List.of(address, type("place", "town text", "zip bigint"))))
        .hasSize(1);
    assertThat(missing(written, List.of(address)))
        .containsExactly("the type shop.place is missing");
  }

  @Test
  void aTypeMayHaveMoreFieldsThanAtTheOriginAndNotFewer() {
    TypeDefinition shorter = type("Address", "street text");
    TypeDefinition longer = type("Address", "street text", "zip int");
    assertThat(missing(List.of(shorter), List.of(longer))).isEmpty();
    assertThat(missing(List.of(longer), List.of(shorter))).hasSize(1);
  }
}
