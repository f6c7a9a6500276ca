package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Resource;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastWordsTest {
  private static final Resource ORDERS = new Resource("sqs", "orders");
  private final FakeClock clock = new FakeClock();
  private final LastWords words = new LastWords(clock, Duration.ofDays(14));

  private static Status.CaptureStatus word(String incarnation) {
    return new Status.CaptureStatus(incarnation, List.of(5L), -1, null, null, null);
  }

  @Test
  void theLastWordOfACaptureIsKeptUntilItsResourceIsOpenedAgain() {
    words.note(ORDERS, word("1-a"));
    words.note(ORDERS, word("2-a"));
    assertThat(words.all().get("sqs/orders").incarnation()).isEqualTo("2-a");
    words.forget(ORDERS);
    assertThat(words.all()).isEmpty();
  }

  @Test
  void neitherIsItKeptForEverNorAreMoreThanSoMany() {
    words.note(ORDERS, word("1-a"));
    for (int i = 1; i < LastWords.MOST; i++) {
      words.note(new Resource("sqs", "q" + i), word("1-a"));
    }
    words.note(ORDERS, word("2-a"));
    words.note(new Resource("sqs", "late"), word("1-a"));
    assertThat(words.all())
        .hasSize(LastWords.MOST)
        .containsKeys("sqs/orders", "sqs/late")
        .doesNotContainKey("sqs/q1");
    clock.pass(Duration.ofDays(15));
    assertThat(words.all()).isEmpty();
  }
}
