package io.replicator.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MirrorHealthTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Condition LINK_DOWN = Trouble.blocked("link", "mend");

  private Instant now = START;
  private final MirrorHealth health = new MirrorHealth(Duration.ofSeconds(20), () -> now);

  @Test
  void aMirrorThatNeverBringsAnythingIsBlockedAfterItsPatience() {
    pass(19);
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
    pass(1);
    assertThat(health.condition().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(health.condition().reason()).contains("20 s");
    assertThat(health.lastHeartbeat()).isEmpty();
  }

  @Test
  void aMirrorThatFallsSilentIsBlockedAndRecoversByItself() {
    health.heard(START);
    pass(30);
    health.diagnosed(LINK_DOWN);
    assertThat(health.condition()).isEqualTo(LINK_DOWN);
    health.heard(now);
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
    pass(21);
    assertThat(health.condition()).isNotEqualTo(LINK_DOWN);
  }

  @Test
  void oldHeartbeatsAreASignOfLife() {
    pass(30);
    health.heard(START.minusSeconds(3600));
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
    assertThat(health.lastHeartbeat()).hasValue(START.minusSeconds(3600));
  }

  @Test
  void theNewestHeartbeatIsShownWhateverTheirOrder() {
    health.heard(START.plusSeconds(5));
    health.heard(START.plusSeconds(3));
    assertThat(health.lastHeartbeat()).hasValue(START.plusSeconds(5));
  }

  @Test
  void aKnownTroubleShowsBeforeSilenceDoes() {
    health.troubled(LINK_DOWN);
    assertThat(health.condition()).isEqualTo(LINK_DOWN);
    health.mended();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aDiagnosisThatComesTooLateIsDropped() {
    pass(30);
    health.heard(now);
    health.diagnosed(LINK_DOWN);
    pass(20);
    assertThat(health.condition()).isNotEqualTo(LINK_DOWN);
  }

  private void pass(long seconds) {
    now = now.plusSeconds(seconds);
  }
}
