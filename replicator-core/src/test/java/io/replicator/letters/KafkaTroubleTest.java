package io.replicator.letters;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.kafka.KafkaClients;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.junit.jupiter.api.Test;

/** Whatever Kafka refuses is told with the key or the right that mends it. */
class KafkaTroubleTest {
  private static final Region HERE = new Region("us-east-1");
  private static final KafkaClients KAFKA =
      new KafkaClients(Map.of("bootstrap.servers", "kafka-1:9092"), "test");

  @Test
  void aKafkaThatDoesNotAnswerIsNamedWithItsKey() {
    ReplicationException told = told(new TimeoutException("Timed out waiting for a node"));
    assertThat(told).hasMessageContaining("kafka-1:9092").hasMessageContaining("Timed out");
    assertThat(told.hint()).contains("kafka.bootstrap.servers");
  }

  @Test
  void aUserThatIsNotKnownIsTold() {
    assertThat(told(new SaslAuthenticationException("no")).hint()).contains("sasl.jaas.config");
  }

  @Test
  void rightsThatAreMissingAreNamed() {
    for (KafkaException refusal :
        Set.of(
            new TopicAuthorizationException(Set.of("t")),
            new KafkaException("wrapped", new TransactionalIdAuthorizationException("t")))) {
      assertThat(told(refusal).hint())
          .contains("replicator-local.us-east-1.dead-letters")
          .contains("replicator-local.us-east-1.parking.*")
          .contains("transactional id replicator.us-east-1.dead-letters");
    }
  }

  @Test
  void anotherOperatorIsNoOutage() {
    assertThat(told(new ProducerFencedException("newer"))).hasMessageContaining("somebody else");
  }

  private static ReplicationException told(KafkaException failure) {
    return KafkaTrouble.of(HERE, KAFKA, failure);
  }
}
