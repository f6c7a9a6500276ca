package io.replicator.capture;

import static io.replicator.capture.CaptureRig.awaitAll;
import static io.replicator.capture.CaptureRig.expected;
import static io.replicator.capture.CaptureRig.idsByKey;
import static io.replicator.capture.CaptureRig.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeClock;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StuckSendTest {
  private static KafkaBroker broker;
  private final FakeClock clock = new FakeClock();
  private CaptureRig rig;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    broker.start();
    rig = new CaptureRig(broker, clock);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private boolean saysStuck() {
    return rig.figures
        .lastFailure()
        .map(failure -> failure.message().contains("no acknowledgement for 60 s"))
        .orElse(false);
  }

  @Test
  void aSendThatWaitsForAMinuteEndsItsIncarnationAndWhatIsKeptIsSentByTheNextInOrder() {
    awaitAll(rig.offer(0, 10, 5));
    String first = rig.incarnation();
    broker.stop();
    List<CompletableFuture<Void>> offers = rig.offer(10, 200, 5);
    clock.pass(Duration.ofSeconds(59));
    soon().until(() -> rig.conditions.present().state() == FlowState.BLOCKED);
    await()
        .during(Duration.ofSeconds(2))
        .untilAsserted(
            () ->
                assertThat(rig.incarnation()).as("%s", rig.figures.lastFailure()).isEqualTo(first));
    clock.pass(Duration.ofSeconds(2));
    soon().until(() -> rig.incarnation().isEmpty() && saysStuck());
    assertThat(offers).noneMatch(CompletableFuture::isDone);
    broker.start();
    awaitAll(offers);
    assertThat(rig.incarnation()).isNotEmpty().isNotEqualTo(first);
    assertThat(idsByKey(rig.changes())).isEqualTo(expected(200, 5));
    soon().until(() -> rig.conditions.present().state() == FlowState.RUNNING);
  }
}
