package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The production's decisions in a world that does its worst. */
class SettlementTest {
  private static final int LIVES = Integer.getInteger("replicator.settle.lives", 10_000);

  /** By then a world without one of the rules has failed. */
  private static final int ENOUGH = 40_000;

  @Test
  void allRegionsHoldTheSameInTheEndAndNoWriteIsLostUnseen() {
    long first = Long.getLong("replicator.settle.seed", 0);
    for (long seed = first; seed < first + LIVES; seed++) {
      assertThat(live(seed, null)).as("-Dreplicator.settle.seed=%d", seed).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnyOneOfTheRulesItFails(World.Rule rule) {
    long seed = 0;
    while (seed < ENOUGH && live(seed, rule).isEmpty()) {
      seed++;
    }
    assertThat(seed).as("the first life that fails without it").isLessThan(ENOUGH);
  }

  /** Two and three regions in turn, their clocks together and apart. */
  private static Optional<String> live(long seed, World.Rule broken) {
    return new World(seed, 2 + (int) (seed % 2), seed / 2 % 2 == 0 ? 0 : 3, broken).live();
  }
}
