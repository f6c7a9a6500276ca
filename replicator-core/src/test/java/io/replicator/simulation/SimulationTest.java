package io.replicator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The production's stations in a world that does its worst. */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("replicator.simulation.seeds", 200);
  private static final long FIRST = Long.getLong("replicator.simulation.seed", 0);

  /** By then a world with one order of commits broken has failed. */
  private static final int ENOUGH = 1_000;

  @Test
  void nothingIsLostOrOvertakenAndAllComesToRest() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Optional<String> fault = new World(seed, Breach.NONE, false).live();
      if (fault.isPresent()) {
        World again = new World(seed, Breach.NONE, true);
        assertThat(again.live())
            .as("-Dreplicator.simulation.seed=%d%n%s", seed, again.trace())
            .isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void withAnyOneOfTheOrdersBrokenItFails(Breach breach) {
    long seed = 0;
    Optional<String> fault = Optional.empty();
    while (seed < ENOUGH && fault.isEmpty()) {
      fault = new World(seed++, breach, false).live();
    }
    assertThat(fault).as("what is found within %d seeds", ENOUGH).isPresent();
  }
}
