package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.cassandra.TableMutation.Bound;
import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Range;
import io.replicator.cassandra.TableMutation.Row;
import io.replicator.fixture.Fuzz;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged payloads of a table's changes. What is read here has passed the checksum of its record,
 * so another mutation may come of another byte; but nothing else may.
 */
class MutationFuzzTest {
  private static final UUID ID = new UUID(1, 2);
  private static final long AT = 1_795_595_054_138_222L;
  private static final List<Column> COLUMNS =
      List.of(
          new Column(Kind.PARTITION_KEY, "p", "int", false),
          new Column(Kind.CLUSTERING, "c1", "text", true),
          new Column(Kind.CLUSTERING, "c2", "int", false),
          new Column(Kind.STATIC, "st", "text", false),
          new Column(Kind.REGULAR, "v", "int", false),
          new Column(Kind.REGULAR, "m", "map<text, int>", false),
          new Column(Kind.REGULAR, "s", "set<text>", false),
          new Column(Kind.REGULAR, "u", "address", false));

  private static TableMutation mutation(Random random) {
    List<Range> ranges = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      ranges.add(new Range(bound(random, 1), bound(random, 0), timestamp(random)));
    }
    List<Row> rows = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      rows.add(row(random, List.of(value(random), value(random)), 4));
    }
    return new TableMutation(
        new TableName("shop", "Orders"),
        ID,
        COLUMNS,
        types(random),
        List.of(value(random)),
        deletion(random),
        ranges,
        Optional.of(row(random, List.of(), 3)).filter(row -> random.nextBoolean()),
        rows);
  }

  private static List<TypeDefinition> types(Random random) {
    List<TypeDefinition.Field> fields = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      fields.add(new TypeDefinition.Field("f" + i, random.nextBoolean() ? "int" : "text"));
    }
    return random.nextBoolean() ? List.of() : List.of(new TypeDefinition("address", fields));
  }

  private static Row row(Random random, List<ByteBuffer> clustering, int first) {
    List<ColumnChange> changes = new ArrayList<>();
    for (int column = first; column < (first == 3 ? 4 : COLUMNS.size()); column++) {
      boolean simple = column < 5;
      List<Cell> cells = new ArrayList<>();
      for (int i = simple ? 1 : random.nextInt(3); i > 0; i--) {
        cells.add(
            new Cell(
                life(random),
                simple ? Optional.empty() : Optional.of(value(random)),
                Optional.of(value(random)).filter(value -> random.nextInt(4) > 0)));
      }
      changes.add(
          new ColumnChange(column, simple ? OptionalLong.empty() : deletion(random), cells));
    }
    return new Row(
        clustering,
        Optional.of(life(random)).filter(life -> random.nextBoolean()),
        deletion(random),
        changes);
  }

  private static Bound bound(Random random, int least) {
    List<ByteBuffer> values = new ArrayList<>();
    for (int i = least + random.nextInt(3 - least); i > 0; i--) {
      values.add(value(random));
    }
    return new Bound(values, random.nextBoolean());
  }

  private static Life life(Random random) {
    long timestamp = timestamp(random);
    int ttl = random.nextInt(3) > 0 ? 0 : 1 + random.nextInt(100_000);
    return ttl == 0 ? Life.since(timestamp) : new Life(timestamp, ttl, timestamp / 1_000_000 + ttl);
  }

  private static OptionalLong deletion(Random random) {
    return random.nextInt(4) > 0 ? OptionalLong.empty() : OptionalLong.of(timestamp(random));
  }

  private static long timestamp(Random random) {
    return AT - random.nextInt(1_000_000);
  }

  private static ByteBuffer value(Random random) {
    byte[] value = new byte[random.nextInt(6)];
    random.nextBytes(value);
    return ByteBuffer.wrap(value);
  }

  @Test
  void itComesBackAsItWas() {
    Fuzz.times(
        2_000,
        random -> {
          TableMutation mutation = mutation(random);
          assertThat(MutationFormat.decode(MutationFormat.encode(mutation))).isEqualTo(mutation);
        });
  }

  @Test
  void aDamagedPayloadIsRefusedOrHoldsWhatStatementsCanBeMadeOf() {
    int[] outcomes = new int[2];
    Fuzz.times(
        10_000,
        random -> {
          byte[] payload = MutationFormat.encode(mutation(random));
          byte[] damaged =
              random.nextInt(4) == 0 ? lengthened(random, payload) : Fuzz.mutated(random, payload);
          TableMutation mutation;
          try {
            mutation = MutationFormat.decode(damaged);
          } catch (FormatException e) {
            outcomes[0]++;
            return;
          }
          outcomes[1]++;
          assertThat(MutationFormat.decode(MutationFormat.encode(mutation))).isEqualTo(mutation);
          assertThat(statements(mutation)).allSatisfy(MutationFuzzTest::assertComplete);
        });
    assertThat(outcomes[0]).isPositive();
    System.out.printf("%d refused, %d read%n", outcomes[0], outcomes[1]);
  }

  /** A range that is open at both ends has no statement, which makes a dead letter of it. */
  private static List<Shaped> statements(TableMutation mutation) {
    try {
      return Statements.of(mutation);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("all rows");
      return List.of();
    }
  }

  /** Each question mark outside of a name has its value. */
  private static void assertComplete(Shaped statement) {
    String unnamed = statement.cql().replaceAll("\"(?:[^\"]|\"\")*\"", "");
    assertThat(unnamed.chars().filter(one -> one == '?').count())
        .isEqualTo(statement.values().size());
    assertThat(statement.writtenAt()).isBetween(0L, (long) Integer.MAX_VALUE);
  }

  /** Returns a payload in which some number is far beyond what the payload could hold. */
  private static byte[] lengthened(Random random, byte[] payload) {
    int at = random.nextInt(payload.length);
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    longer.write(payload, 0, at);
    long number = random.nextLong() >>> random.nextInt(64);
    while ((number & ~0x7FL) != 0) {
      longer.write((int) ((number & 0x7F) | 0x80));
      number >>>= 7;
    }
    longer.write((int) number);
    longer.write(payload, at + 1, payload.length - at - 1);
    return longer.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void aNegativeNumberIsNoKindAndNoCount(int columns) {
    // A count of -1 takes ten bytes.
    byte[] minusOne = new byte[10];
    Arrays.fill(minusOne, (byte) -1);
    minusOne[9] = 1;
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    payload.writeBytes(new byte[] {1, 1, 'k', 1, 't'});
    payload.writeBytes(new byte[16]);
    payload.write(columns);
    payload.writeBytes(minusOne);
    payload.writeBytes(new byte[50]);
    assertThatThrownBy(() -> MutationFormat.decode(payload.toByteArray()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("negative");
  }

  @Test
  void aMutationWithoutWhatStatementsNeedIsRefused() {
    Random random = new Random(1);
    List<ByteBuffer> none = List.of();
    Life endless = new Life(AT, 60, Long.MAX_VALUE);
    ColumnChange expiring =
        new ColumnChange(
            4,
            OptionalLong.empty(),
            List.of(new Cell(endless, Optional.empty(), Optional.of(value(random)))));
    List<ByteBuffer> two = List.of(value(random), value(random));
    Bound long3 = new Bound(List.of(value(random), value(random), value(random)), true);
    for (TableMutation odd :
        List.of(
            of(none, List.of(), List.of()),
            of(two, List.of(), List.of()),
            of(two.subList(0, 1), List.of(new Range(long3, long3, AT)), List.of()),
            of(two.subList(0, 1), List.of(), List.of(row(random, none, 4))),
            of(two.subList(0, 1), List.of(), List.of(row(random, two, 3))),
            of(
                two.subList(0, 1),
                List.of(),
                List.of(
                    new Row(two, Optional.empty(), OptionalLong.empty(), List.of(expiring)))))) {
      byte[] payload = MutationFormat.encode(odd);
      assertThatThrownBy(() -> MutationFormat.decode(payload))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("it is without");
    }
  }

  private static TableMutation of(List<ByteBuffer> key, List<Range> ranges, List<Row> rows) {
    return new TableMutation(
        new TableName("shop", "Orders"),
        ID,
        COLUMNS,
        List.of(),
        key,
        OptionalLong.empty(),
        ranges,
        Optional.empty(),
        rows);
  }
}
