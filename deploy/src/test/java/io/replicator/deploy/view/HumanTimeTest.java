package io.replicator.deploy.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanTimeTest {
  @ParameterizedTest
  @CsvSource({
    "-1, -",
    "0, 0 ms",
    "999, 999 ms",
    "4249, 4.2 s",
    "59999, 59.9 s",
    "185000, 3 m 05 s",
    "18180000, 5 h 03 m",
    "1137600000, 13 d 04 h"
  })
  void twoUnitsAtMost(long millis, String text) {
    assertThat(HumanTime.ofMillis(millis)).isEqualTo(text);
  }
}
