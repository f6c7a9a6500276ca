package io.replicator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DenialTest {
  @Test
  void aHostThatDnsDoesNotKnowIsNoRefusedOption() {
    KafkaClients away = new KafkaClients(Map.of("bootstrap.servers", "kafka.invalid:9092"), "test");
    assertThat(Denial.of("kafka", catchThrowable(away::admin)))
        .hasValueSatisfying(
            denial -> {
              assertThat(denial.reason())
                  .isEqualTo("no host in its bootstrap.servers has an address");
              assertThat(denial.mend()).contains("DNS", "kafka.bootstrap.servers");
            });
  }

  @Test
  void anOptionThatAClientCannotTakeIsNamed() {
    KafkaClients wrong =
        new KafkaClients(
            Map.of("bootstrap.servers", "127.0.0.1:9092", "security.protocol", "SSLL"), "test");
    assertThat(Denial.of("kafka", catchThrowable(wrong::admin)))
        .hasValueSatisfying(denial -> assertThat(denial.reason()).contains("security.protocol"));
  }
}
