package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Opens the clients of an agent that applies: the group's member, and the local producer. */
final class ApplyingOpener extends Wiring.MemoryOpener {
  /** So long a dead letter stays here that was taken for written. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private final Wiring.Arrivals arrivals;
  private final Breach breach;
  private final List<Runnable> afterCommit = new ArrayList<>();

  ApplyingOpener(
      Cluster cluster,
      Clockwork clockwork,
      Life life,
      Faults faults,
      Wiring.Arrivals arrivals,
      Breach breach) {
    super(cluster, clockwork, life, faults);
    this.arrivals = arrivals;
    this.breach = breach;
  }

  private static boolean isJournal(ProducerRecord<byte[], byte[]> message) {
    return message.topic().contains(".applied.");
  }

  private static boolean isParking(ProducerRecord<byte[], byte[]> message) {
    return message.topic().contains(".parking.");
  }

  private static boolean isDeadLetter(ProducerRecord<byte[], byte[]> message) {
    return message.topic().contains(".dead-letters");
  }

  /** Tells whether the sender takes a record for durable at once. */
  private boolean isBelieved(ProducerRecord<byte[], byte[]> message) {
    return switch (breach) {
      case DONE_BEFORE_PARKED -> isParking(message) && message.value() != null;
      case DONE_BEFORE_DEAD_LETTER -> isDeadLetter(message);
      default -> false;
    };
  }

  @Override
  ClusterProducer producer() {
    return new ClusterProducer(cluster, clockwork, life, faults) {
      @Override
      public synchronized Future<RecordMetadata> send(
          ProducerRecord<byte[], byte[]> message, Callback callback) {
        if (isParking(message) || isDeadLetter(message)) {
          life.setsAside();
        }
        if (!isBelieved(message)) {
          return super.send(message, callback);
        }
        long offset = next(message);
        clockwork.after(Duration.ZERO, life, () -> super.answer(message, callback, offset, null));
        if (isParking(message)) {
          return super.send(message, (metadata, failure) -> {});
        }
        clockwork.after(clockwork.upTo(LINGER), life, () -> sendUnheard(message));
        return new CompletableFuture<>();
      }

      @SuppressWarnings("FutureReturnValueIgnored") // its sender was told already
      private void sendUnheard(ProducerRecord<byte[], byte[]> message) {
        super.send(message, (metadata, failure) -> {});
      }

      @Override
      double refusal(ProducerRecord<byte[], byte[]> message) {
        return isParking(message) ? faults.parkingRefusal() : super.refusal(message);
      }

      @Override
      long write(ProducerRecord<byte[], byte[]> message) {
        if (breach == Breach.JOURNAL_AFTER_COMMIT && isJournal(message)) {
          afterCommit.add(() -> super.write(message));
          return -1;
        }
        if (breach == Breach.BOUND_FORGOTTEN && isParking(message)) {
          message.headers().remove("pk_upto");
        }
        return super.write(message);
      }

      @Override
      void answer(
          ProducerRecord<byte[], byte[]> message,
          Callback callback,
          long offset,
          Exception failure) {
        if (isParking(message) || isDeadLetter(message)) {
          life.setsAside();
        }
        if (failure == null && isJournal(message)) {
          arrivals.remembered(new String(message.value(), UTF_8));
        }
        super.answer(message, callback, offset, failure);
      }
    };
  }

  @Override
  ClusterConsumer member(String group) {
    return new ClusterConsumer(cluster, clockwork, life, faults, Optional.of(group)) {
      @Override
      ConsumerRecord<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> written) {
        if (written.key() == null) {
          return written;
        }
        arrivals.read();
        return breach == Breach.KEY_OVERTAKEN ? OtherKeys.of(written) : written;
      }

      @Override
      void givesUp(TopicPartition partition) {
        arrivals.givenUp();
        if (breach == Breach.PARTITION_BEFORE_END) {
          cluster.release(group, this, partition);
        }
      }

      @Override
      boolean commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        if (breach == Breach.OFFSET_BEFORE_APPLIED) {
          Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
          offsets.keySet().forEach(it -> read.put(it, new OffsetAndMetadata(position(it))));
          return super.commit(read);
        }
        boolean done = super.commit(offsets);
        afterCommit.forEach(line -> clockwork.after(clockwork.soon(), life, line));
        afterCommit.clear();
        return done;
      }
    };
  }
}
