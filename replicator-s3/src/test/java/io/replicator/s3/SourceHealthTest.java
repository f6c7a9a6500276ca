package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A source that answers no more blocks its flow, and one answer that is late does not. */
class SourceHealthTest {
  private final FakeClock clock = new FakeClock();
  private final SourceHealth health = new SourceHealth("queue events", clock);

  private FlowState after(int seconds) {
    clock.pass(Duration.ofSeconds(seconds));
    return health.condition().state();
  }

  private void failed() {
    health.failed(new ReplicationException(Kind.TRANSIENT, "15000 millis", "", null));
  }

  @Test
  void aSourceThatAnswersNoMoreIsBlockedWithinSecondsAndUntilItAnswers() {
    health.asked();
    assertThat(after(5)).isEqualTo(FlowState.RUNNING);
    assertThat(after(1)).isEqualTo(FlowState.BLOCKED);
    assertThat(health.condition().reason()).contains("no answer from queue events");
    assertThat(health.condition().hint()).contains("endpoint");
    clock.pass(Duration.ofSeconds(9));
    failed();
    assertThat(after(1)).as("nothing is asked meanwhile").isEqualTo(FlowState.BLOCKED);
    health.asked();
    assertThat(after(1)).as("another try has just begun").isEqualTo(FlowState.BLOCKED);
    health.passed();
    assertThat(after(60)).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void oneAnswerThatIsLateWhileOthersComeBlocksNothing() {
    health.asked();
    for (int i = 0; i < 5; i++) {
      health.asked();
      assertThat(after(3)).isEqualTo(FlowState.RUNNING);
      health.passed();
    }
    failed();
    assertThat(after(1)).isEqualTo(FlowState.RUNNING);
  }
}
