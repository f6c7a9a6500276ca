package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
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
    assertThat(lacks(mutation, target(List.of(A, B)))).isEmpty();
    assertThat(lacks(mutation, target(List.of(B, A))))
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
            ID,
            List.of(A, item, price),
            List.of(),
            List.of(ByteBuffer.allocate(4)),
            OptionalLong.of(1),
            List.of(),
            Optional.empty(),
            List.of());
    assertThat(lacks(mutation, target(List.of(A, priced))))
        .containsExactly(
            new Lack(
                "the column shop.orders.item text is missing",
                Optional.of("ALTER TABLE shop.orders ADD IF NOT EXISTS item text")),
            new Lack(
                "the column shop.orders.price is int here and decimal at the origin",
                Optional.empty()));
  }

  @Test
  void aColumnOfTheKeyIsMissingWithoutAStatementThatCouldAddIt() {
    TableMutation mutation = mutation(TABLE, List.of(A, B));
    assertThat(lacks(mutation, target(List.of(A))))
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
    assertThat(lacks(mutation(fresh, List.of(A, B, day, order, note, item)), target(List.of(A))))
        .containsExactly(
            new Lack(
                "the table shop.fresh is missing",
                Optional.of(
                    "CREATE TABLE IF NOT EXISTS shop.fresh (a int, b int, \"Day\" date, \"order\" int, note"
                        + " frozen<list<text>> static, item text, PRIMARY KEY ((a, b), \"Day\","
                        + " \"order\")) WITH CLUSTERING ORDER BY (\"Day\" DESC, \"order\" ASC) AND"
                        + " cdc = true AND gc_grace_seconds = 864000")));
  }

  private static TableMutation mutation(TableName table, List<Column> columns) {
    return new TableMutation(
        table,
        ID,
        columns,
        List.of(),
        List.of(ByteBuffer.allocate(4), ByteBuffer.allocate(4)),
        OptionalLong.of(1),
        List.of(),
        Optional.empty(),
        List.of());
  }

  private static TypeDefinition type(String name, String... fields) {
    return new TypeDefinition(
        name,
        Stream.of(fields)
            .map(field -> field.split(" ", 2))
            .map(field -> new TypeDefinition.Field(field[0], field[1]))
            .toList());
  }

  private static List<Lack> missing(List<TypeDefinition> written, List<TypeDefinition> there) {
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
    return lacks(mutation, Map.of("orders", shape(TABLE, List.of(A, homes), there)));
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
            new Lack(
                "the type shop.place is (zip int, town text) here and (town text, zip int) at the"
                    + " origin",
                Optional.empty()));
    assertThat(missing(written, List.of(address, type("place", "town text", "code int"))))
        .hasSize(1);
    assertThat(missing(written, List.of(address, type("place", "town text", "zip bigint"))))
        .hasSize(1);
    assertThat(missing(written, List.of(address)))
        .containsExactly(
            new Lack(
                "the type shop.place is missing, or no table has it",
                Optional.of("CREATE TYPE IF NOT EXISTS shop.place (town text, zip int)")));
  }

  @Test
  void theTypesOfColumnsAreFoundOnceForATable() {
    TypeDefinition address = type("Address", "street text", "place frozen<place>");
    TypeDefinition place = type("place", "town text", "zip int");
    TypeDefinition unused = type("unused", "x int");
    Column home = new Column(Kind.REGULAR, "home", "frozen<\"Address\">", false);
    Column born = new Column(Kind.REGULAR, "born", "place", false);
    TableShape shape = shape(TABLE, List.of(A, home, born), List.of(place, address, unused));
    assertThat(shape.types().all()).containsExactly(address, place);
    assertThat(shape.typesOf(List.of(A))).isEmpty();
    assertThat(shape.typesOf(List.of(A, born))).containsExactly(place);
    assertThat(shape.typesOf(List.of(A, born, home))).containsExactly(address, place);
    assertThat(shape.typesOf(List.of(A, home)))
        .containsExactly(address, place)
        .isSameAs(shape.typesOf(List.of(home)));
  }

  @Test
  void aTypeMayHaveMoreFieldsThanAtTheOriginAndNotFewer() {
    TypeDefinition shorter = type("Address", "street text");
    TypeDefinition longer = type("Address", "street text", "zip int");
    assertThat(missing(List.of(shorter), List.of(longer))).isEmpty();
    assertThat(missing(List.of(longer), List.of(shorter)))
        .containsExactly(
            new Lack(
                "the type shop.Address is (street text) here and (street text, zip int) at the"
                    + " origin",
                Optional.of("ALTER TYPE shop.\"Address\" ADD IF NOT EXISTS zip int")));
  }

  @Test
  void aTableThatIsToldForgetsNoDeleteThatIsOnItsWay() {
    TableMutation mutation = mutation(new TableName("shop", "fresh"), List.of(A, B));
    assertThat(lacks(mutation, Map.of(), Duration.ofDays(14)))
        .singleElement()
        .satisfies(lack -> assertThat(lack.cql()).get().asString().endsWith(" = 1209600"));
    assertThat(lacks(mutation, Map.of(), Duration.ofDays(7)))
        .singleElement()
        .satisfies(lack -> assertThat(lack.cql()).get().asString().endsWith(" = 864000"));
  }

  private static List<Lack> lacks(TableMutation mutation, Map<String, TableShape> tables) {
    return lacks(mutation, tables, Duration.ofDays(7));
  }

  private static List<Lack> lacks(
      TableMutation mutation, Map<String, TableShape> tables, Duration retention) {
    return TargetSchema.lacks(mutation, tables, retention);
  }

  private static List<String> statements(TableMutation mutation, Map<String, TableShape> there) {
    return lacks(mutation, there).stream().flatMap(lack -> lack.cql().stream()).toList();
  }

  @Test
  void typesAreMadeBeforeWhatIsMadeOfThemTheInnerOnesFirst() {
    Column home = new Column(Kind.REGULAR, "home", "frozen<address>", false);
    TypeDefinition address = type("address", "street text", "place frozen<geo>");
    TypeDefinition shorter = type("address", "street text");
    TypeDefinition geo = type("geo", "lat int");
    TableMutation mutation =
        new TableMutation(
            TABLE,
            ID,
            List.of(A, home),
            List.of(address, geo),
            List.of(ByteBuffer.allocate(4)),
            OptionalLong.of(1),
            List.of(),
            Optional.empty(),
            List.of());
    String inner = "CREATE TYPE IF NOT EXISTS shop.geo (lat int)";
    String outer = "CREATE TYPE IF NOT EXISTS shop.address (street text, place frozen<geo>)";
    assertThat(statements(mutation, Map.of()))
        .containsExactly(
            inner,
            outer,
            "CREATE TABLE IF NOT EXISTS shop.orders (a int, home frozen<address>, PRIMARY KEY ((a))) WITH cdc ="
                + " true AND gc_grace_seconds = 864000");
    assertThat(statements(mutation, target(List.of(A))))
        .containsExactly(
            inner, outer, "ALTER TABLE shop.orders ADD IF NOT EXISTS home frozen<address>");
    TableShape whole = shape(TABLE, List.of(A, home), List.of(shorter));
    assertThat(statements(mutation, Map.of("orders", whole)))
        .containsExactly(inner, "ALTER TYPE shop.address ADD IF NOT EXISTS place frozen<geo>");
    TableShape other = shape(new TableName("shop", "other"), List.of(home), List.of(shorter));
    assertThat(statements(mutation, Map.of("orders", shape(TABLE, List.of(A)), "other", other)))
        .as("a type that another table has")
        .containsExactly(
            inner,
            "ALTER TYPE shop.address ADD IF NOT EXISTS place frozen<geo>",
            "ALTER TABLE shop.orders ADD IF NOT EXISTS home frozen<address>");
  }
}
