package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.reading.Bounds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashTest {
  private static final int CHANGES = 4_000;
  private static final int KEYS = 400;
  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void afterAKillNothingIsLostAndNoMoreThanTheWindowIsAppliedAgain(@TempDir Path directory)
      throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    int enough = 2_000 + new Random(seed).nextInt(1_500);
    Path lines = directory.resolve("taken");
    try (ApplyRig rig = new ApplyRig(broker, 2);
        FakeTarget target = new FakeTarget(false)) {
      rig.forgetDeadMembersAfter(Duration.ofSeconds(2));
      rig.sendMany(CHANGES, KEYS);
      Process doomed = DoomedApply.start(rig, lines);
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(10))
            .until(() -> DoomedApply.taken(lines).size() >= enough);
      } finally {
        doomed.destroyForcibly().waitFor();
      }
      List<String> before = DoomedApply.taken(lines);
      ApplyRig.Member next = rig.start(target);
      rig.awaitCommitted();

      Set<String> all = new TreeSet<>(before);
      assertThat(all).as("what one life applied twice").hasSameSizeAs(before);
      List<String> after = target.ids();
      assertThat(after).doesNotHaveDuplicates();
      Set<String> again = new HashSet<>(after);
      again.retainAll(all);
      assertThat(again).hasSizeLessThanOrEqualTo(Bounds.MOST.active());
      all.addAll(after);
      assertThat(all).as("what was applied at all").hasSize(CHANGES);
      assertThat(next.figures.duplicateCount() + next.figures.appliedCount())
          .as("what was read again, all of it behind the hanging key")
          .isGreaterThan(CHANGES - KEYS);
      assertThat(rig.contents(TopicNames.applied(ApplyRig.HERE, rig.flow)))
          .hasSizeGreaterThanOrEqualTo(CHANGES);
      assertThat(ApplyRig.outOfOrder(new ArrayList<>(target.applied()))).isEmpty();
    }
  }
}
