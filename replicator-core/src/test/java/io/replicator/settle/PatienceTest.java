package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whose fault a failure is, and who waits for it. Nothing is tried again here: the timer is closed.
 */
class PatienceTest {
  private final FakeClock clock = new FakeClock();
  private final Timer timer = new Timer(1);
  private final Inflow inflow = Entries.inflow();
  private final Input input = Entries.input(inflow);
  private final Owner owner = new Owner(0, null, List.of(input), null);
  private int begins;
  private boolean content = true;
  private Patience patience = patience(OnFailure.DEFAULT);

  private Patience patience(OnFailure onFailure) {
    timer.close();
    return new Patience(onFailure, List.of(inflow), timer, clock, () -> content, () -> begins++);
  }

  private Entry read(String key) {
    Entry entry = Entries.inline(input, key, input.front() + input.held());
    owner.accept(entry);
    return entry;
  }

  private void fails(Entry entry, Kind kind) {
    fails(entry, kind, "no", null);
  }

  private void fails(Entry entry, Kind kind, String reason, Throwable cause) {
    clock.pass(Duration.ofMillis(1));
    patience.failed(
        new Attempt(null, owner, entry),
        clock.instant(),
        new ReplicationException(kind, reason, "", cause));
  }

  private boolean isSpent(Entry entry) {
    clock.pass(Duration.ofMillis(1));
    return patience.isSpent(entry);
  }

  private void answersForAnother() {
    answersForAnother(Answer.WRITTEN);
  }

  private void answersForAnother(Answer answer) {
    clock.pass(Duration.ofMillis(1));
    patience.succeeded(Entries.inline(0), answer, clock.instant());
  }

  @Test
  void oneAnswerThatComesLateMakesNoDeadLetterOfWhatFailsInAnOutage() {
    patience = patience(new OnFailure.DeadLetter(4, Duration.ofMinutes(10)));
    Entry entry = read("key");
    Instant before = clock.instant();
    assertThat(isSpent(entry)).isFalse();
    answersForAnother();
    assertThat(isSpent(entry)).isFalse();
    for (int i = 0; i < 10; i++) {
      patience.succeeded(Entries.inline(0), Answer.WRITTEN, before); // asked before the outage
      assertThat(isSpent(entry)).isFalse();
      clock.pass(Duration.ofMinutes(5));
    }
    answersForAnother();
    assertThat(isSpent(entry)).as("of twelve tries three count, and no long time").isFalse();
    answersForAnother();
    assertThat(isSpent(entry)).isTrue();
  }

  @Test
  void nothingIsBlamedOnWhatFailsWhileTheBucketTakesNoWritesThoughItAnswersAllElse() {
    patience = patience(new OnFailure.DeadLetter(2, Duration.ofMinutes(10)));
    Entry entry = read("key");
    for (int i = 0; i < 10; i++) {
      assertThat(isSpent(entry)).isFalse();
      answersForAnother(Answer.SOME);
    }
    answersForAnother(Answer.WRITTEN);
    assertThat(isSpent(entry)).isTrue();
  }

  @Test
  void whatIsRefusedWhileOthersAreAnsweredWaitsAloneAndHoldsUpNoOther() {
    Entry denied = read("denied");
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("it may be the bucket").isFalse();
    answersForAnother();
    assertThat(patience.isOpen()).isTrue();
    int opened = begins;
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("it is the key").isTrue();
    assertThat(begins).as("its place is free").isEqualTo(opened + 1);
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("also where no other comes").isTrue();
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.BLOCKED);
    fails(read("other"), Kind.BLOCKED);
    assertThat(patience.isOpen()).as("it may be the bucket again").isFalse();
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("that was no probe: another is tried").isTrue();
    patience.began();
    assertThat(patience.isOpen()).as("one at a time").isFalse();
  }

  @Test
  void whatIsRefusedForTheFirstTimeShutsNothingWhereOthersWereAnsweredSinceAnyWas() {
    fails(read("a"), Kind.BLOCKED);
    answersForAnother();
    Entry denied = read("b");
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("the other one was taken just now").isTrue();
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.BLOCKED);
    fails(denied, Kind.BLOCKED);
    assertThat(patience.isOpen()).as("none was taken since").isFalse();
    answersForAnother();
    assertThat(patience.isOpen()).isTrue();
    content = false;
    fails(read("c"), Kind.BLOCKED);
    assertThat(patience.isOpen()).as("the operator is asked").isFalse();
  }

  @Test
  void whatIsWrongWithAKeyGoesOnWithTheChangeThatItIsLeftTo() {
    Entry first = read("key");
    Entry heir = read("key");
    for (int i = 0; i < Patience.CONSPICUOUS; i++) {
      fails(first, Kind.TRANSIENT);
    }
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.BLOCKED);
    patience.gaveWay(first, heir);
    patience.succeeded(first, Answer.NONE, clock.instant());
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.BLOCKED);
    patience.succeeded(heir, Answer.NONE, clock.instant());
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void whileTheBucketRefusesAllAlikeNothingIsSaidOfWhatFailedByItselfBefore() {
    Entry failing = read("failing");
    for (int i = 0; i < Patience.CONSPICUOUS; i++) {
      fails(failing, Kind.TRANSIENT, "connection refused", null);
    }
    assertThat(inflow.conditions().present().reason()).isEqualTo("connection refused");
    fails(read("other"), Kind.BLOCKED, "wrong signature", null);
    assertThat(inflow.conditions().present().reason()).isEqualTo("wrong signature");
    fails(failing, Kind.TRANSIENT, "connection reset", null);
    assertThat(inflow.conditions().present().reason()).isEqualTo("wrong signature");
    answersForAnother();
    assertThat(inflow.conditions().present().reason()).isEqualTo("connection reset");
    patience.succeeded(failing, Answer.NONE, clock.instant());
    assertThat(inflow.conditions().present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aBucketThatRefusesAllAlikeIsBlockedAllAlongThoughItsBreakerOpensAndIsProbed() {
    List<FlowState> told = new ArrayList<>();
    inflow.conditions().listen((from, to) -> told.add(to.state()));
    ReplicationException refusal =
        new ReplicationException(Kind.BLOCKED, "wrong signature", "renew it", null);
    for (int i = 0; i < 5; i++) {
      fails(read("probe" + i), Kind.BLOCKED, "wrong signature", null);
      fails(read("other" + i), Kind.OPEN, "the breaker is open", refusal);
    }
    assertThat(told).containsExactly(FlowState.BLOCKED);
    assertThat(inflow.conditions().present().reason()).isEqualTo("wrong signature");
    assertThat(inflow.conditions().present().hint()).isEqualTo("renew it");
    fails(read("last"), Kind.OPEN, "the breaker is open; calls hang", null);
    assertThat(told).containsExactly(FlowState.BLOCKED, FlowState.OPEN);
  }

  @Test
  void onlyAfterAnOutageIsWhatWaitsBegunLittleByLittle() {
    fails(read("a"), Kind.BLOCKED);
    answersForAnother();
    assertThat(inflow.window().eases()).isFalse();
    Entry last = read("b");
    fails(last, Kind.BLOCKED);
    fails(last, Kind.BLOCKED);
    clock.pass(Duration.ofSeconds(1));
    answersForAnother();
    assertThat(inflow.window().eases()).isTrue();
  }
}
