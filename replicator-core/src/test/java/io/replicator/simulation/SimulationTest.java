package io.replicator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The production's stations in a world that does its worst. */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("replicator.simulation.seeds", 200);
  private static final long FIRST = Long.getLong("replicator.simulation.seed", 0);
  private static final Set<Fault.Kind> ALL = EnumSet.allOf(Fault.Kind.class);

  /** By then a world with one order of commits broken has failed. */
  private static final int ENOUGH = 500;

  @Test
  void nothingIsLostOvertakenOrRepeatedAndAllComesToRest() throws IOException {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      if (new World(seed, Breach.NONE, false).live(ALL).isPresent()) {
        World again = new World(seed, Breach.NONE, true);
        Optional<Fault> fault = again.live(ALL);
        Path whole = Path.of("target", "simulation-" + seed + ".log");
        Files.writeString(whole, again.trace().toString());
        assertThat(fault)
            .as(
                "-Dreplicator.simulation.seed=%d%n%s%nall of it: %s",
                seed, again.trace().tail(), whole)
            .isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void withAnyOneOfTheOrdersBrokenItsPromiseIs(Breach breach) {
    long seed = 0;
    Optional<Fault> fault = Optional.empty();
    while (seed < ENOUGH && fault.isEmpty()) {
      fault = new World(seed++, breach, false).live(Set.of(breach.breaks()));
    }
    assertThat(fault).as("what is found within %d seeds", ENOUGH).isPresent();
  }

  @Test
  void aSeedIsTheSameLifeEachTime() {
    for (long seed = 1; seed < 4; seed++) {
      assertThat(life(seed)).isEqualTo(life(seed));
    }
  }

  private static String life(long seed) {
    World world = new World(seed, Breach.NONE, true);
    return world.live(ALL) + world.trace().toString();
  }
}
