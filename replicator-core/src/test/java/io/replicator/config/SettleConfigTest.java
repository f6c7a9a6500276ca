package io.replicator.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettleConfigTest {
  private final List<Problem> problems = new ArrayList<>();

  private SettleConfig read(Object maxDeletes) {
    return SettleConfig.read(
        new Settings(
            "stores.s3.resources.photos",
            new HashMap<>(Map.of("max-deletes", maxDeletes)),
            problems));
  }

  /** With 0 the first delete would stop the flow, and so would each after it. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MAX_VALUE})
  void aBoundThatBoundsNothingOrEverythingIsRefused(int bound) {
    read(bound);
    assertThat(problems)
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.key()).isEqualTo("stores.s3.resources.photos.max-deletes");
              assertThat(problem.value()).contains(String.valueOf(bound));
              assertThat(problem.mend()).contains("from 1 to");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000_000})
  void anyOtherIsTaken(int bound) {
    assertThat(read(bound).maxDeletes()).isEqualTo(bound);
    assertThat(problems).isEmpty();
  }
}
