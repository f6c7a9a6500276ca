package io.replicator.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.BucketResource;
import io.replicator.fixture.CountedSink;
import io.replicator.fixture.FakeBucket;
import io.replicator.fixture.FakeClock;
import io.replicator.model.Flow;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A backfill sends what is there, once, from where it was left, unless it is stopped. */
class BackfillTest {
  private static final Flow FLOW = Flow.parse("s3/photos@us-east-1");

  private final FakeClock clock = new FakeClock();
  private final FakeBucket bucket = new FakeBucket(new Region("us-east-1"), clock);
  private final CountedSink sink = new CountedSink();
  private final Timer timer = new Timer(1);
  private final List<Order> kept = new CopyOnWriteArrayList<>();
  private volatile boolean responsible = true;
  private volatile boolean drained = true;

  @BeforeEach
  void fill() {
    for (String key : List.of("a1", "a2", "a3", "a4", "b1")) {
      bucket.write(key, "text of " + key);
    }
  }

  @AfterEach
  void closeTimer() {
    timer.close();
  }

  private Backfill agent() {
    return new Backfill(
        FLOW,
        Backfill.ofHints(new BucketResource(bucket), sink, timer, clock),
        clock,
        order -> responsible,
        () -> drained,
        kept::add);
  }

  private void awaitKeys(String... keys) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(sink.keys()).containsExactly(keys));
  }

  private Order tickUntilKept(Backfill backfill) {
    int before = kept.size();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              clock.pass(Duration.ofSeconds(3));
              backfill.tick();
              return kept.size() > before;
            });
    return kept.get(kept.size() - 1);
  }

  @Test
  void anotherAgentGoesOnBehindTheLastKeyThatWasKept() {
    sink.take(2);
    Order half;
    try (Backfill first = agent()) {
      first.told(Order.of("one", "a", false, 1000));
      first.tick();
      awaitKeys("a1", "a2");
      half = tickUntilKept(first);
    }
    assertThat(half.position()).isEqualTo("a2");
    assertThat(half.count()).isEqualTo(2);
    try (Backfill second = agent()) {
      second.told(half);
      sink.take(10);
      second.tick();
      awaitKeys("a1", "a2", "a3", "a4");
      Order last = tickUntilKept(second);
      assertThat(last.state()).isEqualTo(Order.State.DONE);
      assertThat(last.count()).isEqualTo(4);
      // Its own progress comes back late.
      second.told(half);
      clock.pass(Duration.ofSeconds(10));
      second.tick();
      assertThat(second.status()).startsWith("done: ");
      assertThat(sink.hints).hasSize(4);
    }
  }

  @Test
  void anOrderOfAnotherPartIsRefusedWhileOneIsRunning() {
    sink.take(2);
    try (Backfill backfill = agent()) {
      Order other = Order.of("two", "b", false, 1000);
      assertThat(backfill.admitted(other)).isEqualTo(other);
      backfill.told(Order.of("one", "a", false, 1000));
      backfill.tick();
      awaitKeys("a1", "a2");
      assertThatIllegalStateException()
          .isThrownBy(() -> backfill.admitted(other))
          .withMessageContaining("backfill of 'a', 2 keys sent")
          .withMessageContaining("replicator backfill " + FLOW + " --stop");
      assertThatIllegalStateException()
          .isThrownBy(() -> backfill.admitted(Order.of("two", "a", true, 1000)));
      backfill.told(backfill.stopped().orElseThrow());
      assertThat(backfill.admitted(other)).isEqualTo(other);
    }
  }

  @Test
  void theSameAgainGoesOnWhereItIsAtTheNewRate() {
    sink.take(2);
    try (Backfill backfill = agent()) {
      backfill.told(Order.of("one", "a", false, 1000));
      backfill.tick();
      awaitKeys("a1", "a2");
      Order again = backfill.admitted(Order.of("two", "a", false, 7));
      assertThat(again.begun()).contains("was running and goes on, 2 sent before: at most 7 keys");
      backfill.told(again);
      sink.take(10);
      backfill.tick();
      awaitKeys("a1", "a2", "a3", "a4");
      assertThat(tickUntilKept(backfill).count()).isEqualTo(4);
    }
  }

  @Test
  void whatIsStoppedSendsNothingMore() {
    sink.take(1);
    try (Backfill backfill = agent()) {
      backfill.told(Order.of("one", "", false, 1000));
      backfill.tick();
      awaitKeys("a1");
      Order stop = backfill.stopped().orElseThrow();
      backfill.told(stop);
      sink.take(10);
      backfill.tick();
      assertThat(sink.keys()).containsExactly("a1");
      assertThat(backfill.status()).startsWith("stopped: ");
      assertThat(backfill.stopped()).isEmpty();
    }
  }

  @Test
  void aRepairWaitsUntilWhatTheOthersHaveToldIsApplied() {
    drained = false;
    sink.take(10);
    try (Backfill backfill = agent()) {
      backfill.told(Order.of("one", "b", true, 1000));
      backfill.tick();
      assertThat(sink.hints).isEmpty();
      assertThat(backfill.status()).contains("waits until what the other regions have told");
      drained = true;
      backfill.tick();
      awaitKeys("b1");
      assertThat(sink.hints).extracting(Hint::kind).containsExactly(Hint.Kind.REPAIR);
    }
  }

  @Test
  void oneAgentOfTheRegionSends() {
    responsible = false;
    sink.take(10);
    try (Backfill backfill = agent()) {
      backfill.told(Order.of("one", "", false, 1000));
      backfill.tick();
      assertThat(sink.hints).isEmpty();
      responsible = true;
      backfill.tick();
      awaitKeys("a1", "a2", "a3", "a4", "b1");
    }
  }

  @Test
  void noMoreThanTheRateIsLetThroughInASecond() {
    sink.take(10_000);
    // What has to wait is not let through while the clock stands.
    timer.close();
    Pace pace = new Pace(sink, 1000, timer, clock);
    assertThat(letThrough(pace)).as("a tenth of a second is saved up").isBetween(90, 100);
    Pace slow = new Pace(sink, 1000, timer, clock);
    int sum = 0;
    for (int tick = 0; tick < 100; tick++) {
      clock.pass(Duration.ofMillis(10));
      for (int i = 0; i < 10; i++) {
        sum += slow.ready().toCompletableFuture().isDone() ? 1 : 0;
      }
    }
    assertThat(sum).as("who asks no faster than the rate never waits").isEqualTo(1000);
  }

  private static int letThrough(Pace pace) {
    int through = 0;
    for (int i = 0; i < 200; i++) {
      through += pace.ready().toCompletableFuture().isDone() ? 1 : 0;
    }
    return through;
  }
}
