package io.replicator.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two agents hear each other's status every second; the way there takes longer than the way back.
 */
class ClockSkewTest {
  private static final Duration THERE = Duration.ofMillis(300);
  private static final Duration BACK = Duration.ofMillis(100);

  private final FakeClock time = new FakeClock();
  private Duration here = Duration.ZERO;
  private Duration there = Duration.ZERO;
  private final ClockSkew ours = new ClockSkew(new Clocks(() -> time.instant().plus(here), time));
  private final ClockSkew theirs =
      new ClockSkew(new Clocks(() -> time.instant().plus(there), time));

  private void speak(int seconds) {
    for (int second = 0; second < seconds; second++) {
      time.pass(Duration.ofSeconds(1));
      Instant sent = time.instant();
      theirs.heard("here", sent.plus(here).minus(THERE), ageOf(ours, "there"));
      ours.heard("there", sent.plus(there).minus(BACK), ageOf(theirs, "here"));
    }
  }

  private static OptionalLong ageOf(ClockSkew as, String agent) {
    Long age = as.ages().get(agent);
    return age == null ? OptionalLong.empty() : OptionalLong.of(age);
  }

  private Skew skew() {
    return ours.worst().orElseThrow();
  }

  @Test
  void nothingIsKnownOfWhoWasNeverHeard() {
    assertThat(ours.worst()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3_000, -3_000, 3_600_000, -3_600_000})
  void theSkewLiesWithinTheErrorThatIsTold(long ahead) {
    there = Duration.ofMillis(ahead);
    speak(5);
    Duration error = skew().error().orElseThrow();
    assertThat(error).isEqualTo(THERE.plus(BACK).dividedBy(2));
    assertThat(skew().middle().minusMillis(ahead).abs()).isLessThanOrEqualTo(error);
    assertThat(skew().isIntolerable()).isEqualTo(Math.abs(ahead) > 5_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, -1})
  void aClockThatIsSetShowsWithinHalfAMinuteAndSoDoesItsMend(long hours) {
    speak(30);
    assertThat(skew().isIntolerable()).isFalse();
    there = Duration.ofHours(hours);
    speak(30);
    assertThat(skew().isIntolerable()).isTrue();
    assertThat(skew().middle().toSeconds()).isBetween(hours * 3_600 - 1, hours * 3_600 + 1);
    there = Duration.ZERO;
    speak(30);
    assertThat(skew().isIntolerable()).isFalse();
    here = Duration.ofHours(hours);
    speak(30);
    assertThat(skew().middle().toSeconds()).isBetween(-hours * 3_600 - 1, -hours * 3_600 + 1);
  }

  @Test
  void aBacklogThatArrivesLateIsNoSkew() {
    speak(5);
    time.pass(Duration.ofMinutes(10));
    for (int second = 600; second > 0; second--) {
      ours.heard("there", time.instant().minusSeconds(second), OptionalLong.of(300));
    }
    assertThat(skew().isIntolerable()).isFalse();
  }

  @Test
  void anAgentThatDoesNotTellIsBoundedFromOneSide() {
    Instant now = time.instant();
    ours.heard("old", now.plusSeconds(10), OptionalLong.empty());
    assertThat(skew().error()).isEmpty();
    assertThat(skew().warning())
        .contains("agent old is at least 10.0 s ahead of this agent's")
        .contains("NTP");
    ClockSkew behind = new ClockSkew(Clocks.of(time));
    behind.heard("old", now.minusSeconds(10), OptionalLong.empty());
    assertThat(behind.worst().orElseThrow().isIntolerable()).as("its way may be long").isFalse();
  }

  @Test
  void theWorstOfThemCountsAndWhoFellSilentDoesNot() {
    ours.heard("right", time.instant(), OptionalLong.of(0));
    ours.heard("wrong", time.instant().minusSeconds(60), OptionalLong.of(-60_000));
    assertThat(skew().agent()).isEqualTo("wrong");
    assertThat(skew().warning()).contains("60.0 s behind this agent's, give or take 0.0 s");
    time.pass(Duration.ofSeconds(30));
    ours.heard("right", time.instant(), OptionalLong.of(0));
    assertThat(skew().agent()).isEqualTo("right");
  }
}
