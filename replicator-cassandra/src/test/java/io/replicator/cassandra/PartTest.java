package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an operator may say of which rows are backfilled. */
class PartTest {
  private static final Part ALL = new Part(Optional.empty(), Long.MIN_VALUE, Long.MAX_VALUE);

  @Test
  void nothingSaidIsEverything() {
    assertThat(Part.parse("")).isEqualTo(ALL);
    assertThat(Part.parse(" ")).isEqualTo(ALL);
  }

  @Test
  void aTableARangeOrBothAreNamed() {
    Optional<TableName> fading = Optional.of(new TableName("shop", "Fading"));
    assertThat(Part.parse("shop.Fading"))
        .isEqualTo(new Part(fading, Long.MIN_VALUE, Long.MAX_VALUE));
    assertThat(Part.parse("shop.\"Fading\"")).isEqualTo(Part.parse("shop.Fading"));
    assertThat(Part.parse("\"shop\".\"Fading\" tokens -7:12")).isEqualTo(new Part(fading, -7, 12));
    assertThat(Part.parse("tokens -7:12")).isEqualTo(new Part(Optional.empty(), -7, 12));
    assertThat(Part.parse("shop.Fading tokens -7:12")).isEqualTo(new Part(fading, -7, 12));
  }

  @Test
  void whatIsNoPartIsRefusedWithItsMend() {
    assertThatThrownBy(() -> Part.parse("orders")).hasMessageContaining("keyspace.table");
    assertThatThrownBy(() -> Part.parse("shop.")).hasMessageContaining("'shop.'");
    assertThatThrownBy(() -> Part.parse("tokens")).hasMessageContaining("tokens FROM:TO");
    assertThatThrownBy(() -> Part.parse("tokens 1:x")).hasMessageContaining("'1:x'");
    assertThatThrownBy(() -> Part.parse("shop.a tokens 1")).hasMessageContaining("'1'");
    assertThatThrownBy(() -> Part.parse("tokens 5:-5"))
        .hasMessageContaining("5:9223372036854775807")
        .hasMessageContaining("-9223372036854775808:-5");
  }

  @Test
  void aTableOfAnotherFlowIsRefused() {
    Selection shop = new Selection("shop", Optional.empty());
    assertThat(Part.parse("shop.orders").refusal(shop)).isEmpty();
    assertThat(Part.parse("other.orders").refusal(shop))
        .hasValueSatisfying(why -> assertThat(why).contains("other.orders", "shop.*"));
  }
}
