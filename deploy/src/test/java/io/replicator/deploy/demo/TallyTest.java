package io.replicator.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
  private final Tally tally = new Tally();

  @Test
  void aMessageThatDoesNotComeIsMissing() {
    send(1);
    send(2);
    tally.arrived(2, "content 2");
    assertThat(tally.count()).isEqualTo(new Tally.Count(2, 1, 0, 0));
    assertThat(tally.missingBelow(2)).isEqualTo(1);
    assertThat(tally.missingBelow(1)).isZero();
  }

  @Test
  void aMessageThatCameChangedIsDifferentAndStillMissing() {
    send(1);
    assertThat(tally.arrived(1, "content 1 changed")).isEqualTo(Tally.Arrival.DIFFERENT);
    assertThat(tally.count()).isEqualTo(new Tally.Count(1, 0, 0, 1));
  }

  @Test
  void aMessageThatWasNeverSentIsDifferent() {
    assertThat(tally.arrived(9, "content 9")).isEqualTo(Tally.Arrival.DIFFERENT);
  }

  @Test
  void aMessageThatComesTwiceCountsOnce() {
    send(1);
    assertThat(tally.arrived(1, "content 1")).isEqualTo(Tally.Arrival.WHOLE);
    assertThat(tally.arrived(1, "content 1")).isEqualTo(Tally.Arrival.REPEATED);
    assertThat(tally.count()).isEqualTo(new Tally.Count(1, 1, 1, 0));
  }

  @Test
  void aMessageMayComeBeforeItsSendIsConfirmed() {
    tally.sending(1, "content 1");
    assertThat(tally.arrived(1, "content 1")).isEqualTo(Tally.Arrival.WHOLE);
    assertThat(tally.count().sent()).isZero();
    tally.sent(1);
    assertThat(tally.count().missing()).isZero();
  }

  private void send(int number) {
    tally.sending(number, "content " + number);
    tally.sent(number);
  }
}
