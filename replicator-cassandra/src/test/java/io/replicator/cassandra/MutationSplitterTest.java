package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Cell;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.ColumnChange;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableMutation.Life;
import io.replicator.cassandra.TableMutation.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MutationSplitterTest {
  private static final UUID ID = new UUID(1, 2);
  private static final int MOST = 2_000;

  @Test
  void partsAreSmallAndHoldEveryCellOnce() {
    TableMutation whole = mutation(60, 40);
    List<TableMutation> parts = new MutationSplitter(MOST).split(whole);
    assertThat(parts).hasSizeGreaterThan(10);
    assertThat(parts)
        .allSatisfy(part -> assertThat(MutationFormat.encode(part)).hasSizeLessThan(2 * MOST));
    assertThat(cells(parts)).containsExactlyElementsOf(cells(List.of(whole)));
    assertThat(parts.stream().filter(part -> part.deletion().isPresent())).hasSize(1);
    assertThat(parts.stream().flatMap(part -> part.rows().stream()))
        .filteredOn(row -> row.liveness().isPresent())
        .hasSize(60);
  }

  @Test
  void aRowThatIsTooLargeIsSplitByItsCells() {
    TableMutation whole = mutation(1, 500);
    List<TableMutation> parts = new MutationSplitter(MOST).split(whole);
    assertThat(parts).hasSizeGreaterThan(5);
    assertThat(cells(parts)).containsExactlyElementsOf(cells(List.of(whole)));
    assertThat(parts.stream().flatMap(part -> part.rows().stream()))
        .filteredOn(row -> row.liveness().isPresent())
        .hasSize(1);
  }

  private static List<String> cells(List<TableMutation> mutations) {
    List<String> cells = new ArrayList<>();
    for (TableMutation mutation : mutations) {
      for (Row row : mutation.rows()) {
        for (ColumnChange change : row.columns()) {
          for (Cell cell : change.cells()) {
            cells.add(row.clustering().get(0).getInt(0) + "/" + cell.path().get().getInt(0));
          }
        }
      }
    }
    return cells;
  }

  private static TableMutation mutation(int rows, int cells) {
    List<Row> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      List<Cell> elements = new ArrayList<>();
      for (int cell = 0; cell < cells; cell++) {
        elements.add(new Cell(Life.since(5), Optional.of(number(cell)), Optional.of(number(row))));
      }
      all.add(
          new Row(
              List.of(number(row)),
              Optional.of(Life.since(5)),
              OptionalLong.empty(),
              List.of(new ColumnChange(2, OptionalLong.of(4), elements))));
    }
    return new TableMutation(
        new TableName("k", "t"),
        ID,
        List.of(
            new Column(Kind.PARTITION_KEY, "p", "int", false),
            new Column(Kind.CLUSTERING, "c", "int", false),
            new Column(Kind.REGULAR, "m", "map<int, int>", false)),
        List.of(),
        List.of(number(1)),
        OptionalLong.of(3),
        List.of(),
        Optional.empty(),
        all);
  }

  private static ByteBuffer number(int value) {
    return ByteBuffer.allocate(4).putInt(0, value);
  }
}
