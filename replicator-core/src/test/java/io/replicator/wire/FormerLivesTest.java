package io.replicator.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FormerLivesTest {
  @Test
  void theLastFewThatWroteAnythingAreKept() {
    FormerLives lives = new FormerLives();
    for (int i = 0; i < 10; i++) {
      lives.add(new Written("x" + i + "-a", List.of(0L, i % 2 == 0 ? 0L : i), Instant.EPOCH));
    }
    assertThat(lives.list())
        .extracting(Written::incarnation)
        .containsExactly("x3-a", "x5-a", "x7-a", "x9-a");
  }
}
