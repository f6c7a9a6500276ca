package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  @TempDir private Path folder;

  @Test
  void aMachineWithEnoughOfEverythingPasses() {
    assertThat(
            new Preflight(17, OptionalLong.of(Preflight.MEMORY_MIB), Preflight.DISK_MIB).problems())
        .isEmpty();
  }

  @Test
  void aSystemThatDoesNotTellItsMemoryPasses() {
    assertThat(new Preflight(21, OptionalLong.empty(), 50_000).problems()).isEmpty();
  }

  @Test
  void everythingThatIsMissingIsSaidAtOnceWithWhatMendsIt() {
    assertThat(new Preflight(11, OptionalLong.of(512), 100).problems())
        .satisfiesExactly(
            java -> assertThat(java).contains("Java 11", "17 or newer"),
            memory -> assertThat(memory).contains("512 MB", "end other programs"),
            disk -> assertThat(disk).contains("100 MB", "--dir"));
  }

  @Test
  void thisMachineIsLookedAt() {
    Preflight here = Preflight.of(folder);
    assertThat(here.javaFeature()).isEqualTo(Runtime.version().feature());
    assertThat(here.diskMib()).isPositive();
  }
}
