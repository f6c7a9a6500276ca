package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  @TempDir private Path folder;

  private static final Set<SandboxStore> QUEUES = Set.of(SandboxStore.SQS);

  @Test
  void aMachineWithEnoughOfEverythingPasses() {
    assertThat(new Preflight(17, OptionalLong.of(2_000), 1_000, 2, 1, QUEUES).problems()).isEmpty();
  }

  @Test
  void aThirdRegionNeedsMore() {
    assertThat(new Preflight(17, OptionalLong.of(2_000), 1_000, 3, 1, QUEUES).problems())
        .satisfiesExactly(
            memory -> assertThat(memory).contains("2,000 MB", "takes 2,900 MB"),
            disk -> assertThat(disk).contains("1,000 MB", "take 1,500 MB"));
    assertThat(new Preflight(17, OptionalLong.of(2_900), 1_500, 3, 1, QUEUES).problems()).isEmpty();
  }

  @Test
  void moreAgentsNeedMore() {
    assertThat(new Preflight(17, OptionalLong.of(2_000), 1_000, 2, 2, QUEUES).problems())
        .satisfiesExactly(memory -> assertThat(memory).contains("takes 2,700 MB"));
  }

  @Test
  void bucketsNeedMore() {
    Set<SandboxStore> both = Set.of(SandboxStore.SQS, SandboxStore.S3);
    assertThat(new Preflight(17, OptionalLong.of(2_000), 1_000, 2, 1, both).problems())
        .satisfiesExactly(memory -> assertThat(memory).contains("takes 2,500 MB"));
  }

  @Test
  void aSystemThatDoesNotTellItsMemoryPasses() {
    assertThat(new Preflight(21, OptionalLong.empty(), 50_000, 3, 1, QUEUES).problems()).isEmpty();
  }

  @Test
  void everythingThatIsMissingIsSaidAtOnceWithWhatMendsIt() {
    assertThat(new Preflight(11, OptionalLong.of(512), 100, 2, 1, QUEUES).problems())
        .satisfiesExactly(
            java -> assertThat(java).contains("Java 11", "17 or newer"),
            memory -> assertThat(memory).contains("512 MB", "end other programs"),
            disk -> assertThat(disk).contains("100 MB", "--dir"));
  }

  @Test
  void thisMachineIsLookedAt() {
    Preflight here =
        Preflight.of(folder, SandboxLayout.of(List.of("a", "b"), QueueServer.Storage.DISK));
    assertThat(here.javaFeature()).isEqualTo(Runtime.version().feature());
    assertThat(here.diskMib()).isPositive();
  }
}
