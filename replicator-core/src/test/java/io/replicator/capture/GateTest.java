package io.replicator.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class GateTest {
  private final FakeClock clock = new FakeClock();
  private final AtomicBoolean open = new AtomicBoolean(true);

  private CompletableFuture<Void> pass(Gate gate) {
    return gate.pass().toCompletableFuture();
  }

  @Test
  void aRateOfAHundredLetsAHundredASecondThrough() {
    Gate gate = new Gate(open::get, OptionalLong.of(100), clock);
    int passed = 0;
    CompletableFuture<Void> ready = pass(gate);
    for (int tick = 0; tick < 600; tick++) {
      clock.pass(Duration.ofMillis(50));
      gate.release();
      while (ready.isDone() && passed < 10_000) {
        // A reader brings ten at once, as a queue does.
        for (int i = 0; i < 10; i++) {
          gate.spend();
        }
        passed += 10;
        ready = pass(gate);
      }
    }
    assertThat(passed).isBetween(2_980, 3_030);
  }

  @Test
  void whoWaitsIsLetThroughOnceTheStationTakesMore() {
    open.set(false);
    Gate gate = new Gate(open::get, OptionalLong.empty(), clock);
    CompletableFuture<Void> ready = pass(gate);
    gate.release();
    assertThat(ready).isNotDone();
    open.set(true);
    gate.release();
    assertThat(ready).isCompleted();
  }

  @Test
  void whoWaitsAtAClosedGateIsTold() {
    open.set(false);
    Gate gate = new Gate(open::get, OptionalLong.empty(), clock);
    CompletableFuture<Void> before = pass(gate);
    gate.close();
    assertThat(before).isCompletedExceptionally();
    assertThat(pass(gate)).isCompletedExceptionally();
  }
}
