package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is recognised as applied a moment ago. */
class RecentContentsTest {
  private final RecentContents recent = new RecentContents(2);

  private static String id(int number) {
    return "%032x".formatted(number);
  }

  @Test
  void atLeastAGenerationIsRemembered() {
    for (int i = 0; i < 5; i++) {
      recent.add(id(i));
    }
    assertThat(recent.contains(id(0))).isFalse();
    assertThat(recent.contains(id(3))).isTrue();
    assertThat(recent.contains(id(4))).isTrue();
  }

  @Test
  void anIdOfAnotherFormIsNeverRecognisedAndHarmsNothing() {
    for (String id : new String[] {"", "short", "z".repeat(32), "0".repeat(33)}) {
      recent.add(id);
      assertThat(recent.contains(id)).isFalse();
    }
  }
}
