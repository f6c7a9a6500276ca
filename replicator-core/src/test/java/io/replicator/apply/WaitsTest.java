package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an operator is told that changes wait for. */
class WaitsTest {
  private final Waits<String> waits = new Waits<>();

  @Test
  void whatSeveralLackIsNamedOnce() {
    String table = "CREATE TABLE IF NOT EXISTS shop.homes ";
    Condition joined =
        Waits.joined(
            List.of(
                missing(
                    "type shop.a; table shop.homes",
                    "run CREATE TYPE IF NOT EXISTS shop.a (x int); "
                        + table
                        + "(k int, a a);, and compare"),
                missing(
                    "type shop.b; table shop.homes",
                    "run CREATE TYPE IF NOT EXISTS shop.b (x int); "
                        + table
                        + "(k int, b b);, and compare"),
                missing("table shop.homes", "run " + table + "(k int);, and compare")));
    assertThat(joined.reason()).isEqualTo("type shop.a; table shop.homes is missing; type shop.b");
    assertThat(joined.hint())
        .isEqualTo(
            "run CREATE TYPE IF NOT EXISTS shop.a (x int); "
                + table
                + "(k int, a a);, and compare; then run CREATE TYPE IF NOT EXISTS shop.b (x int);");
  }

  private static Condition missing(String table, String hint) {
    return new Condition(FlowState.WAITING_FOR_SCHEMA, table + " is missing", hint);
  }

  @Test
  void whatSeveralWaitForIsKnownUntilTheLastOneHasIt() {
    assertThat(waits.set("k1", missing("a", "create a"))).isTrue();
    assertThat(waits.set("k2", missing("a", "create a"))).isFalse();
    assertThat(waits.set("k3", missing("b", "create b"))).isTrue();
    assertThat(waits.set("k3", missing("b", "create b"))).isFalse();
    assertThat(waits.remove("k1")).isFalse();
    assertThat(waits.all()).containsExactly(missing("a", "create a"), missing("b", "create b"));
    assertThat(waits.set("k2", missing("b", "create b"))).isTrue();
    assertThat(waits.all()).containsExactly(missing("b", "create b"));
    assertThat(waits.set("k2", Condition.RUNNING)).isFalse();
    assertThat(waits.remove("k3")).isTrue();
    assertThat(waits.remove("k3")).isFalse();
    assertThat(waits.all()).isEmpty();
  }

  @Test
  void allThatIsMissingIsToldWithAllThatMendsIt() {
    assertThat(
            Waits.joined(
                List.of(
                    missing("a", "create a (k)"),
                    missing("b", "create b"),
                    missing("a", "create a (k, v)"),
                    missing("a", "create a (k)"))))
        .isEqualTo(missing("a is missing; b", "create a (k, v); then create b"));
  }

  @Test
  void noMoreIsToldThanOneReads() {
    List<Condition> many =
        IntStream.range(0, 25).mapToObj(i -> missing("t" + i, "create t" + i)).toList();
    Condition joined = Waits.joined(many);
    assertThat(joined.reason())
        .contains("t0 is", "t9 is missing; and 15 more")
        .doesNotContain("t10");
    assertThat(joined.hint()).contains("create t9; then see").doesNotContain("t10");
  }

  @Test
  void theGravestIsToldAlone() {
    Condition upgrade = new Condition(FlowState.NEEDS_UPGRADE, "newer", "upgrade");
    assertThat(Waits.joined(List.of(missing("a", "create a"), upgrade))).isEqualTo(upgrade);
    assertThat(Waits.joined(List.of())).isEqualTo(Condition.RUNNING);
  }
}
