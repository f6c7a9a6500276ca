package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Bound;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Range;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A range of rows in clustering order, cut into DELETE statements, is the same set of rows. */
class StatementsTest {
  private static final UUID ID = new UUID(1, 2);
  private static final int MOST = 3;

  @Test
  void piecesOfARangeTogetherAreTheRange() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int run = 0; run < 3_000; run++) {
      boolean[] reversed = {random.nextBoolean(), random.nextBoolean(), random.nextBoolean()};
      Range range = new Range(bound(random), bound(random), 7);
      if (range.start().values().isEmpty() && range.end().values().isEmpty()) {
        continue;
      }
      List<Shaped> pieces = new Deletions(mutation(reversed)).range(range);
      for (int[] row : rows()) {
        boolean wanted =
            isBehind(row, range.start(), reversed, true)
                && isBehind(row, range.end(), reversed, false);
        // Ends in the wrong order hold nothing in Cassandra, which never makes such a range.
        if (!isOrdered(range, reversed)) {
          continue;
        }
        assertThat(pieces.stream().anyMatch(piece -> matches(piece, row)))
            .as("seed %d: row %s of %s as %s", seed, Arrays.toString(row), range, pieces)
            .isEqualTo(wanted);
      }
    }
  }

  private static Bound bound(Random random) {
    List<ByteBuffer> values = new ArrayList<>();
    int length = random.nextInt(4);
    for (int i = 0; i < length; i++) {
      values.add(value(random.nextInt(MOST)));
    }
    return new Bound(values, length == 0 || random.nextBoolean());
  }

  private static ByteBuffer value(int value) {
    return ByteBuffer.wrap(new byte[] {(byte) value});
  }

  private static TableMutation mutation(boolean[] reversed) {
    return new TableMutation(
        new TableName("k", "t"),
        ID,
        List.of(
            new Column(Kind.PARTITION_KEY, "p", "int", false),
            new Column(Kind.CLUSTERING, "c0", "int", reversed[0]),
            new Column(Kind.CLUSTERING, "c1", "int", reversed[1]),
            new Column(Kind.CLUSTERING, "c2", "int", reversed[2])),
        List.of(),
        List.of(value(0)),
        OptionalLong.empty(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  private static List<int[]> rows() {
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < MOST * MOST * MOST; i++) {
      rows.add(new int[] {i / MOST / MOST, i / MOST % MOST, i % MOST});
    }
    return rows;
  }

  private static boolean isOrdered(Range range, boolean[] reversed) {
    for (int[] row : rows()) {
      if (isBehind(row, range.start(), reversed, true)
          && isBehind(row, range.end(), reversed, false)) {
        return true;
      }
    }
    return false;
  }

  /** As Cassandra compares a row with a bound: by the columns that the bound has. */
  private static boolean isBehind(int[] row, Bound bound, boolean[] reversed, boolean start) {
    for (int i = 0; i < bound.values().size(); i++) {
      int compared = Integer.compare(row[i], bound.values().get(i).get(0));
      compared = reversed[i] ? -compared : compared;
      if (compared != 0) {
        return start ? compared > 0 : compared < 0;
      }
    }
    return bound.inclusive();
  }

  /** Carries out the WHERE clause of a statement. */
  private static boolean matches(Shaped piece, int[] row) {
    String where = piece.cql().substring(piece.cql().indexOf("WHERE ") + 6);
    int value = 1; // behind the timestamp
    for (String clause : where.split(" AND ", -1)) {
      int wanted = piece.values().get(value++).get(0);
      if (clause.startsWith("\"p\"")) {
        continue;
      }
      int there = row[clause.charAt(2) - '0'];
      String operator = clause.split(" ", -1)[1];
      boolean holds =
          switch (operator) {
            case "=" -> there == wanted;
            case ">" -> there > wanted;
            case ">=" -> there >= wanted;
            case "<" -> there < wanted;
            case "<=" -> there <= wanted;
            default -> throw new AssertionError(operator);
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }
}
