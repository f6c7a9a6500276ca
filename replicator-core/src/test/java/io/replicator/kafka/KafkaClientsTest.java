package io.replicator.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;

/** With what settings clients are opened. */
class KafkaClientsTest {
  private final List<Map<String, Object>> producers = new ArrayList<>();
  private final KafkaClients clients =
      new KafkaClients(
          Map.of("bootstrap.servers", "127.0.0.1:1"),
          "test",
          new KafkaClients.Opener() {
            @Override
            public Producer<byte[], byte[]> producer(Map<String, Object> settings) {
              producers.add(settings);
              return null;
            }

            @Override
            public Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
              throw new AssertionError();
            }

            @Override
            public Consumer<byte[], byte[]> member(Map<String, Object> settings) {
              throw new AssertionError();
            }
          });

  @Test
  void noProducerSendsARequestBeforeTheOneBeforeIsAnswered() {
    clients.producer("one");
    clients.mortalProducer("two");
    clients.transactionalProducer("three", "id");
    assertThat(producers)
        .hasSize(3)
        .allSatisfy(
            settings ->
                assertThat(settings).containsEntry("max.in.flight.requests.per.connection", 1));
  }
}
