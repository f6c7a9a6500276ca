package io.replicator.settle;

import static io.replicator.settle.SettleRig.EAST;
import static io.replicator.settle.SettleRig.WEST;
import static io.replicator.settle.SettleRig.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Hint;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is gone from one region alone is counted there for as long as it is. */
class LossesTest {
  @Test
  void whatIsGoneFromHereAloneIsCountedAcrossRestartsUntilItIsBack() {
    try (KafkaBroker broker = KafkaBroker.started();
        SettleRig rig = new SettleRig(broker)) {
      rig.start();
      rig.east().write("expired", "e");
      rig.east().write("kept", "k");
      soon().until(() -> rig.west().keys().size() == 2);
      rig.awaitEqual();
      rig.mute = true;
      rig.east().remove("expired");
      rig.mute = false;
      rig.agent(EAST).sink.offer(new Hint("expired", Hint.Kind.EXPIRED, Instant.now()));
      soon().untilAsserted(() -> assertLost(rig, 1));
      assertThat(rig.west().keys()).hasSize(2);

      rig.agent(EAST).close();
      rig.start(EAST);
      soon().untilAsserted(() -> assertLost(rig, 1));

      rig.agent(WEST).sink.offer(new Hint("expired", Hint.Kind.REPAIR, Instant.now()));
      soon().until(() -> rig.east().text("expired").isPresent());
      soon().untilAsserted(() -> assertLost(rig, 0));
    }
  }

  /** Each flow of the resource tells the same. */
  private static void assertLost(SettleRig rig, long count) {
    assertThat(rig.agent(EAST).inflows.get(EAST).lost()).isEqualTo(count);
    assertThat(rig.agent(EAST).inflows.get(WEST).lost()).isEqualTo(count);
  }
}
