package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Time T, step by step, with a clock set by hand. */
class ProgressTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration WAIT = Duration.ofSeconds(1);

  private Instant now = START;
  private final Unacknowledged inHand = new Unacknowledged();
  private final Progress progress = new Progress(inHand, Clocks.of(() -> now));

  @Test
  void isUnknownUntilTheQueueHasAnswered() {
    assertThat(progress.upTo()).isEmpty();
  }

  @Test
  void anEmptyPollReachesToItsEndButNotToALateAnswer() {
    emptyPoll(0, 0, 1000);
    assertThat(progress.upTo()).contains(at(1000));
    emptyPoll(0, 1000, 9000);
    assertThat(progress.upTo()).contains(at(2000));
  }

  @Test
  void aServerThatDoesNotWaitProvesOnlyTheTimeBeforeItWasAsked() {
    emptyPoll(0, 500, 520);
    assertThat(progress.upTo()).contains(at(500));
  }

  @Test
  void theServersClockIsNotOvertaken() {
    now = at(1000);
    progress.empty(0, at(0), WAIT, Optional.empty(), at(-4000));
    assertThat(progress.upTo()).contains(at(-4000));
  }

  @Test
  void anotherPollersAnswerOnItsWayHoldsItBack() {
    emptyPoll(0, 0, 1000);
    Received message = received("a", 1100);
    progress.batch(0, at(1100));
    progress.joined(1, 0);
    inHand.remove(message);
    // Poller 1 has asked, and its answer has yet to come, while poller 0 finds nothing.
    emptyPoll(0, 5000, 6000);
    assertThat(progress.upTo()).contains(at(1100));
    emptyPoll(1, 5000, 6000);
    assertThat(progress.upTo()).contains(at(6000));
  }

  @Test
  void aPollerThatLeavesHoldsNothingBack() {
    progress.batch(0, at(100));
    progress.joined(1, 0);
    emptyPoll(0, 1000, 2000);
    progress.left(1);
    assertThat(progress.upTo()).contains(at(2000));
  }

  @Test
  void aMessageInHandHoldsItBack() {
    emptyPoll(0, 0, 1000);
    Received message = received("a", 300);
    assertThat(progress.upTo()).contains(at(300));
    inHand.remove(message);
    assertThat(progress.upTo()).contains(at(1000));
  }

  @Test
  void whatWaitsBehindAFifoGroupsMessageInHandIsNotPassed() {
    Received first = received("first", 100);
    progress.batch(0, at(100));
    Optional<Instant> atStart = inHand.oldest();
    inHand.remove(first);
    now = at(3000);
    progress.empty(0, at(2000), WAIT, atStart, Instant.MAX);
    assertThat(progress.upTo()).contains(at(100));
  }

  @Test
  void aBrokenRequestHoldsItBackUntilItsMessagesMustHaveComeBack() {
    emptyPoll(0, 0, 1000);
    progress.broke(0, Duration.ofSeconds(30));
    emptyPoll(0, 4000, 5000);
    assertThat(progress.upTo()).contains(at(1000));
    now = at(40_000);
    assertThat(progress.upTo()).contains(at(5000));
  }

  @Test
  void aBrokenFirstRequestLeavesItUnknown() {
    progress.broke(0, Duration.ofSeconds(30));
    emptyPoll(0, 4000, 5000);
    assertThat(progress.upTo()).isEmpty();
    now = at(40_000);
    assertThat(progress.upTo()).contains(at(5000));
  }

  @Test
  void aClockThatIsSetDoesNotChangeWhenABrokenRequestsMessagesComeBack() {
    for (long hours : new long[] {1, -1}) {
      Duration[] off = {Duration.ZERO};
      Progress set = new Progress(inHand, new Clocks(() -> now.plus(off[0]), () -> now));
      now = at(1000);
      set.empty(0, at(0), WAIT, Optional.empty(), at(1000));
      set.broke(0, Duration.ofSeconds(30));
      off[0] = Duration.ofHours(hours);
      now = at(20_000);
      set.empty(0, at(19_000).plus(off[0]), WAIT, Optional.empty(), at(20_000));
      assertThat(set.upTo()).hasValueSatisfying(it -> assertThat(it).isBeforeOrEqualTo(at(1000)));
      off[0] = Duration.ZERO;
      now = at(40_000);
      set.empty(0, at(39_000), WAIT, Optional.empty(), at(40_000));
      assertThat(set.upTo()).contains(at(40_000));
    }
  }

  @Test
  void theAgentsClockIsBelievedOnlyAsFarAsTheServersGoes() {
    Duration hour = Duration.ofHours(1);
    now = at(1000).plus(hour);
    progress.empty(0, at(0).plus(hour), WAIT, Optional.empty(), at(1000));
    assertThat(progress.upTo()).contains(at(1000));
    now = at(3000).minus(hour);
    progress.empty(0, at(2000).minus(hour), WAIT, Optional.empty(), at(3000));
    assertThat(progress.upTo()).as("it stands back").contains(at(3000).minus(hour));
    now = at(5000);
    progress.empty(0, at(4000), WAIT, Optional.empty(), at(5000));
    assertThat(progress.upTo()).contains(at(5000));
  }

  private void emptyPoll(int poller, long from, long to) {
    now = at(to);
    progress.empty(poller, at(from), WAIT, Optional.empty(), Instant.MAX);
  }

  private Received received(String id, long sent) {
    Received message = new Received(id, at(sent), "receipt", 0);
    inHand.add(message);
    return message;
  }

  private static Instant at(long millis) {
    return START.plusMillis(millis);
  }
}
