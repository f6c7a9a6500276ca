package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long a change waits for what its target lacks. */
class LacksTest {
  private final AtomicLong now = new AtomicLong();
  private final Lacks lacks = new Lacks(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void whatIsLackingIsWaitedForWhileThereIsRoom() {
    for (int minute = 0; minute < 100; minute++) {
      assertThat(lacks.isGivenUp("t is missing", false)).isFalse();
      pass(Duration.ofMinutes(1));
    }
  }

  @Test
  void withoutRoomItIsGivenUpAfterAMinuteAndOthersAreNot() {
    assertThat(lacks.isGivenUp("t is missing", true)).isFalse();
    pass(Duration.ofSeconds(59));
    assertThat(lacks.isGivenUp("t is missing", true)).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(lacks.isGivenUp("t is missing", true)).isTrue();
    assertThat(lacks.isGivenUp("t is missing", false)).as("or it fills up again").isTrue();
    assertThat(lacks.isGivenUp("u is missing", true)).isFalse();
  }

  @Test
  void whatWasMendedIsWaitedForAgain() {
    assertThat(lacks.isGivenUp("t is missing", true)).isFalse();
    pass(Duration.ofMinutes(2));
    assertThat(lacks.isGivenUp("t is missing", true)).isTrue();
    pass(Duration.ofMinutes(11));
    assertThat(lacks.isGivenUp("t is missing", true)).isFalse();
  }
}
