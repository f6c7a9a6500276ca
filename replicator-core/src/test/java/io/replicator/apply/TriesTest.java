package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.OnFailure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TriesTest {
  private static final OnFailure TEN_MINUTES =
      new OnFailure.DeadLetter(1_000, Duration.ofMinutes(10));

  private long now = 1;
  private final Tries tries = new Tries();

  private void fail(Duration later, boolean itsOwnFault) {
    now += later.toNanos();
    tries.failed(now, itsOwnFault);
  }

  @Test
  void timeInWhichItWasNotTriedIsNotBlamedOnIt() {
    fail(Duration.ZERO, false);
    fail(Duration.ofHours(5), true);
    assertThat(tries.areSpent(TEN_MINUTES)).as("paused meanwhile").isFalse();
    for (int minute = 0; minute < 60; minute++) {
      fail(Duration.ofMinutes(1), false);
    }
    assertThat(tries.areSpent(TEN_MINUTES)).as("the target answered for nobody").isFalse();
    for (int minute = 0; minute < 9; minute++) {
      fail(Duration.ofMinutes(1), true);
    }
    assertThat(tries.areSpent(TEN_MINUTES)).isTrue();
  }

  @Test
  void whatFailedAloneFailsOnWhileTheTargetRefusesAll() {
    tries.alone = true;
    fail(Duration.ZERO, false);
    tries.refused(now += Duration.ofSeconds(50).toNanos());
    fail(Duration.ofSeconds(20), false);
    assertThat(tries.failingFor()).as("or it was never parked").isEqualTo(Duration.ofSeconds(70));
  }

  @Test
  void anOutageIsNoFailingOfOnesOwn() {
    fail(Duration.ZERO, false);
    tries.refused(now += Duration.ofHours(1).toNanos());
    fail(Duration.ofSeconds(20), false);
    assertThat(tries.failingFor()).isZero();
  }
}
