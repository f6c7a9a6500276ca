package io.replicator.letters;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.DeadLetterEnd;
import io.replicator.wire.DeadLetterEnd.Verdict;
import io.replicator.wire.Parked;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verdicts of an operator about letters. A letter's change goes back to its flow and the letter
 * ends in one transaction, so that it is replayed once; and whoever begins ends the transaction of
 * whoever was at it, so that two operators cannot replay the same letter. Letters must therefore be
 * read after this was opened. Used by one thread, which it blocks.
 */
public final class Verdicts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);
  private static final int MOST_LETTERS = 200;
  private static final long MOST_BYTES = 8L << 20;
  private static final Duration GOODBYE = Duration.ofSeconds(5);

  private final Region here;
  private final KafkaClients kafka;
  private final String by;
  private final InstantSource clock;
  private final Producer<byte[], byte[]> producer;
  private final List<Long> ids = new ArrayList<>();
  private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
  private final List<Long> done = new ArrayList<>();
  private long bytes;
  private boolean open;

  private Verdicts(
      Region here,
      KafkaClients kafka,
      String by,
      InstantSource clock,
      Producer<byte[], byte[]> producer) {
    this.here = here;
    this.kafka = kafka;
    this.by = by;
    this.clock = clock;
    this.producer = producer;
  }

  /**
   * Begins, and ends whoever was at it.
   *
   * @param by the operator, as user@host
   * @throws ReplicationException if Kafka does not answer or refuses
   */
  public static Verdicts open(Region here, KafkaClients kafka, String by, InstantSource clock) {
    return KafkaTrouble.telling(
        here,
        kafka,
        () -> {
          Producer<byte[], byte[]> producer =
              kafka.transactionalProducer("dead-letters", TopicNames.deadLettersTransaction(here));
          try {
            producer.initTransactions();
          } catch (KafkaException e) {
            producer.close(Duration.ZERO);
            throw e;
          }
          return new Verdicts(here, kafka, by, clock, producer);
        });
  }

  /**
   * Takes letters off the list.
   *
   * @throws ReplicationException if Kafka refuses; {@link #done} tells how far it came
   */
  public void drop(Collection<Letter> letters) {
    telling(
        () -> {
          letters.forEach(letter -> end(letter.id(), Verdict.DROPPED, Optional.empty()));
          commit();
        });
  }

  /**
   * Gives the changes of letters back to their flows.
   *
   * @throws ReplicationException if Kafka refuses; {@link #done} tells how far it came
   */
  public void replay(LetterBox box, Collection<Way.Open> ways) {
    Map<Long, Way.Open> byId = new HashMap<>();
    ways.forEach(way -> byId.put(way.letter().id(), way));
    telling(
        () -> {
          box.visit(
              byId.keySet(),
              message ->
                  end(
                      message.offset(),
                      Verdict.REPLAYED,
                      Optional.of(parked(message, byId.get(message.offset())))));
          commit();
        });
  }

  /** Returns the letters that have ended durably, in order. */
  public List<Long> done() {
    return List.copyOf(done);
  }

  private ProducerRecord<byte[], byte[]> parked(
      ConsumerRecord<byte[], byte[]> message, Way.Open way) {
    DeadLetter said = way.letter().said();
    Parked parked =
        Parked.of(
            Parked.DEAD_LETTER + message.partition() + "/" + message.offset(),
            message.key(),
            message.value(),
            DeadLetter.original(message.headers()),
            new Parked.Failure(said.reason(), said.attempts(), clock.instant(), Optional.empty()));
    return new ProducerRecord<>(
        way.topic(),
        way.partition(),
        null,
        parked.recordKey(),
        parked.recordValue(),
        parked.recordHeaders());
  }

  private void end(long id, Verdict verdict, Optional<ProducerRecord<byte[], byte[]>> change) {
    ids.add(id);
    change.ifPresent(
        record -> {
          records.add(record);
          bytes += record.value().length;
        });
    records.add(
        new DeadLetterEnd(id, verdict, by, clock.instant()).record(TopicNames.deadLetters(here)));
    if (ids.size() >= MOST_LETTERS || bytes >= MOST_BYTES) {
      commit();
    }
  }

  /** Begins as late as it can: brokers end a transaction that lasts. */
  @SuppressWarnings("FutureReturnValueIgnored") // the commit fails if a send has
  private void commit() {
    if (ids.isEmpty()) {
      return;
    }
    producer.beginTransaction();
    open = true;
    records.forEach(producer::send);
    try {
      producer.commitTransaction();
    } catch (TimeoutException e) {
      // It may have been carried out all the same: only its repetition tells.
      producer.commitTransaction();
    }
    open = false;
    done.addAll(ids);
    ids.clear();
    records.clear();
    bytes = 0;
  }

  private void telling(Runnable work) {
    KafkaTrouble.telling(
        here,
        kafka,
        () -> {
          work.run();
          return null;
        });
  }

  /** Ends; a transaction that was not committed comes to nothing. */
  @Override
  public void close() {
    if (open) {
      try {
        producer.abortTransaction();
      } catch (KafkaException | IllegalStateException e) {
        LOG.debug("the brokers end the transaction themselves", e);
      }
    }
    producer.close(open ? Duration.ZERO : GOODBYE);
  }
}
