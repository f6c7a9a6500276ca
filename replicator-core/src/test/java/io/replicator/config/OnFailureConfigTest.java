package io.replicator.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.OnFailure;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OnFailureConfigTest {
  private static final Duration WEEK = Duration.ofDays(7);
  private final List<Problem> problems = new ArrayList<>();

  private OnFailure read(Object value) {
    Settings settings = new Settings("orders", Map.of("on-failure", value), problems);
    OnFailure read = OnFailureConfig.read(settings, true);
    settings.finish();
    return read;
  }

  @Test
  void nothingSaidIsToTryAgainAndToParkAfterAMinute() {
    assertThat(OnFailureConfig.read(new Settings("orders", Map.of(), problems), true))
        .isEqualTo(new OnFailure.Retry(Duration.ofSeconds(60)));
    assertThat(problems).isEmpty();
  }

  @Test
  void oneWordSaysTheRest() {
    assertThat(read("retry")).isEqualTo(OnFailure.DEFAULT);
    assertThat(read("dead-letter")).isEqualTo(new OnFailure.DeadLetter(5, WEEK));
    assertThat(read("skip")).isEqualTo(new OnFailure.Skip(5, WEEK));
    assertThat(problems).isEmpty();
  }

  @Test
  void aSectionBoundsIt() {
    assertThat(read(Map.of("park-after", "5m")))
        .isEqualTo(new OnFailure.Retry(Duration.ofMinutes(5)));
    assertThat(read(Map.of("action", "dead-letter", "tries", 3)))
        .isEqualTo(new OnFailure.DeadLetter(3, WEEK));
    assertThat(read(Map.of("action", "skip", "tries", 3, "after", "10s")))
        .isEqualTo(new OnFailure.Skip(3, Duration.ofSeconds(10)));
    assertThat(problems).isEmpty();
  }

  @Test
  void aTimeAloneIsNotCutShortByTries() {
    assertThat(read(Map.of("action", "dead-letter", "after", "10m")))
        .isEqualTo(new OnFailure.DeadLetter(1_000_000, Duration.ofMinutes(10)));
  }

  @Test
  void whereNothingIsParkedNoTimeForItIsTaken() {
    Map<String, Object> all = Map.of("on-failure", Map.of("park-after", "1m"));
    assertThat(OnFailureConfig.read(new Settings("photos", all, problems), false))
        .isInstanceOf(OnFailure.Retry.class);
    assertThat(problems)
        .singleElement()
        .asString()
        .contains("photos.on-failure.park-after", "none is parked");
  }

  @Test
  void whatHasNoMeaningIsRefusedWithTheWord() {
    read(Map.of("action", "skip", "park-after", "1m"));
    read(Map.of("tries", 3));
    read(Map.of("action", "dead-leter"));
    read("ignore");
    read(Map.of("action", "skip", "try", 3));
    read(Map.of("action", "dead-letter", "tries", 0));
    assertThat(problems)
        .extracting(Problem::toString)
        .satisfiesExactly(
            one -> assertThat(one).contains("orders.on-failure.park-after", "retry alone"),
            one -> assertThat(one).contains("orders.on-failure.tries", "park-after"),
            one -> assertThat(one).contains("orders.on-failure.action", "'dead-letter'"),
            one -> assertThat(one).contains("orders.on-failure", "retry, dead-letter, skip"),
            one -> assertThat(one).contains("orders.on-failure.try:", "known are action, tries"),
            one -> assertThat(one).contains("orders.on-failure.tries", "from 1"));
  }
}
