package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which tables a backfill refuses, and what it says of them. */
class TableListingTest {
  private static final TableName HITS = new TableName("shop", "hits");
  private static final Column KEY = new Column(Kind.PARTITION_KEY, "k", "int", false);

  private static Optional<String> refusal(String type, boolean cdc) {
    List<Column> columns = List.of(KEY, new Column(Kind.REGULAR, "n", type, false));
    TableShape shape =
        new TableShape(
            HITS,
            new UUID(1, 2),
            columns,
            List.of(),
            cdc,
            type.equals("counter"),
            false,
            864_000,
            0);
    return TableListing.refusal(HITS, Map.of("hits", shape));
  }

  @Test
  void countersAreRefusedAsWhatTheyAreWhateverTheirCdc() {
    for (boolean cdc : new boolean[] {true, false}) {
      assertThat(refusal("counter", cdc).orElseThrow())
          .contains("shop.hits is not replicated: shop.hits.n is a counter", "no increments")
          .doesNotContain("cdc");
    }
  }

  @Test
  void othersAreRefusedForWantOfCdc() {
    assertThat(refusal("int", false)).contains("shop.hits has cdc = false");
    assertThat(refusal("int", true)).isEmpty();
    assertThat(TableListing.refusal(HITS, Map.of())).get().asString().contains("does not exist");
  }
}
