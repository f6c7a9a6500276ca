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
import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MutationFormatTest {
  private static final long AT = 1_795_595_054_138_222L;

  /** Format 1. Never edited: what was written once has to be read for as long as topics keep it. */
  private static final String GOLDEN =
      "010473686f70064f7264657273000000000000000100000000000000020500017003696e7403016304"
          + "7465787404027374047465787406017603696e7406016d0e6d61703c746578742c20696e743e010570"
          + "6c6163650204746f776e0474657874037a697003696e74dc8de6d5b1c5b006010400000001010a0101"
          + "010161000008010000010200010100027374010301017806003ceab69ad8060203000105003ceab69a"
          + "d8060400000007040102030300016b04000000080204016703000000";

  private static final TableMutation MUTATION =
      new TableMutation(
          new TableName("shop", "Orders"),
          new UUID(1, 2),
          List.of(
              new Column(Kind.PARTITION_KEY, "p", "int", false),
              new Column(Kind.CLUSTERING, "c", "text", true),
              new Column(Kind.STATIC, "st", "text", false),
              new Column(Kind.REGULAR, "v", "int", false),
              new Column(Kind.REGULAR, "m", "map<text, int>", false)),
          List.of(
              new TypeDefinition(
                  "place",
                  List.of(
                      new TypeDefinition.Field("town", "text"),
                      new TypeDefinition.Field("zip", "int")))),
          List.of(bytes(0, 0, 0, 1)),
          OptionalLong.of(AT - 5),
          List.of(
              new Range(new Bound(List.of(bytes('a')), true), new Bound(List.of(), false), AT - 4)),
          Optional.of(
              new Row(
                  List.of(),
                  Optional.empty(),
                  OptionalLong.empty(),
                  List.of(
                      new ColumnChange(
                          2,
                          OptionalLong.empty(),
                          List.of(cell(Life.since(AT), null, bytes('s', 't'))))))),
          List.of(
              new Row(
                  List.of(bytes('x')),
                  Optional.of(new Life(AT, 60, 1_795_595_114L)),
                  OptionalLong.of(AT - 3),
                  List.of(
                      new ColumnChange(
                          3,
                          OptionalLong.empty(),
                          List.of(cell(new Life(AT, 60, 1_795_595_114L), null, bytes(0, 0, 0, 7)))),
                      new ColumnChange(
                          4,
                          OptionalLong.of(AT - 1),
                          List.of(
                              cell(Life.since(AT), bytes('k'), bytes(0, 0, 0, 8)),
                              cell(Life.since(AT - 2), bytes('g'), null),
                              cell(Life.since(AT), bytes(), bytes())))))));

  private static Cell cell(Life life, ByteBuffer path, ByteBuffer value) {
    return new Cell(life, Optional.ofNullable(path), Optional.ofNullable(value));
  }

  private static ByteBuffer bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteBuffer.wrap(bytes);
  }

  @Test
  void whatWasWrittenOnceIsRead() {
    assertThat(HexFormat.of().formatHex(MutationFormat.encode(MUTATION))).isEqualTo(GOLDEN);
    assertThat(MutationFormat.decode(HexFormat.of().parseHex(GOLDEN))).isEqualTo(MUTATION);
  }

  @Test
  void aNewerFormatIsToldFromDamage() {
    byte[] payload = MutationFormat.encode(MUTATION);
    payload[0] = 2;
    assertThatThrownBy(() -> MutationFormat.decode(payload))
        .isInstanceOfSatisfying(
            FormatException.class,
            e -> {
              assertThat(e.newer()).isTrue();
              assertThat(CassandraApplier.unreadable(e).kind())
                  .isEqualTo(ReplicationException.Kind.NEWER);
            });
  }

  @Test
  void noCutOrTornPayloadIsTakenForAMutation() {
    byte[] payload = MutationFormat.encode(MUTATION);
    for (int length = 0; length < payload.length; length++) {
      byte[] cut = Arrays.copyOf(payload, length);
      assertThatThrownBy(() -> MutationFormat.decode(cut)).isInstanceOf(FormatException.class);
    }
    byte[] longer = Arrays.copyOf(payload, payload.length + 1);
    assertThatThrownBy(() -> MutationFormat.decode(longer)).isInstanceOf(FormatException.class);
  }
}
