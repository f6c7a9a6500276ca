package io.replicator.letters;

import io.replicator.kafka.Denial;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Kafka's failures in an operator's words, with what mends them. */
final class KafkaTrouble {
  private KafkaTrouble() {}

  /**
   * Does something with Kafka.
   *
   * @throws ReplicationException for whatever Kafka refuses
   */
  static <T> T telling(Region here, KafkaClients kafka, Supplier<T> work) {
    try {
      return work.get();
    } catch (KafkaException e) {
      throw of(here, kafka, e);
    }
  }

  static ReplicationException of(Region here, KafkaClients kafka, KafkaException e) {
    String where = "the local Kafka at " + kafka.bootstrapServers();
    Optional<Denial> denial = Denial.of("kafka", e);
    if (denial.isPresent()) {
      return new ReplicationException(
          Kind.BLOCKED, where + ": " + denial.get().reason(), denial.get().mend(), e);
    }
    if (e instanceof AuthorizationException || e.getCause() instanceof AuthorizationException) {
      return new ReplicationException(
          Kind.BLOCKED,
          where + " refuses: " + Denial.cause(e),
          "grant the principal of the kafka section READ and WRITE on "
              + TopicNames.deadLetters(here)
              + ", WRITE on the parking topics (replicator-local."
              + here
              + ".parking.*) and WRITE on the transactional id "
              + TopicNames.deadLettersTransaction(here),
          e);
    }
    if (e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException) {
      return new ReplicationException(
          Kind.TRANSIENT,
          "somebody else began to replay or drop dead letters of " + here,
          "one at a time: look at the list again when that is done",
          e);
    }
    return new ReplicationException(
        Kind.TRANSIENT,
        where + " does not answer as it should: " + Denial.cause(e),
        "see that its brokers run and can be reached from this machine, or correct"
            + " kafka.bootstrap.servers",
        e);
  }
}
