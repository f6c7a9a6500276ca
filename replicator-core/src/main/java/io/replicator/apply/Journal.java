package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.reading.Snapshot;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The journal of a flow is the local topic of applied ids: what was applied, each by itself, and
 * now and then a snapshot of how far all is done, so that a restart remembers both.
 *
 * <p>Its records are text. {@code A <incarnation> <sequence> <id>}: applied. {@code S <json>}: a
 * snapshot. A newer form begins with another word, or has a snapshot of a higher number: it stops
 * whoever does not know it, for what it says was applied would be applied again. It is read from
 * its tail, so a restart takes the same time however old the flow is.
 */
final class Journal {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** One change that was applied. */
  record Applied(Stamp stamp, String id) {}

  /**
   * What the journal holds of a partition: the last snapshot, the newest changes applied before it,
   * and all that were applied since, which nothing else tells of.
   */
  record Memory(Optional<Snapshot> snapshot, Deque<Applied> applied) {}

  private final String topic;
  private final KafkaClients kafka;
  private final Producer<byte[], byte[]> producer;
  private final int most;
  private final LocalWrites writes;

  /**
   * @param producer of the local Kafka; shared
   * @param most how many ids of a partition are remembered
   * @param writes is told of each write
   */
  Journal(
      String topic,
      KafkaClients kafka,
      Producer<byte[], byte[]> producer,
      int most,
      LocalWrites writes) {
    this.topic = topic;
    this.kafka = kafka;
    this.producer = producer;
    this.most = most;
    this.writes = writes;
  }

  /**
   * Has the producer learn of the topic, after which no write blocks. Blocks.
   *
   * @throws KafkaException if Kafka does not tell
   */
  void learn() {
    producer.partitionsFor(topic);
  }

  CompletionStage<Void> applied(int partition, Stamp stamp, String id) {
    return append(partition, "A " + stamp.incarnation() + " " + stamp.sequence() + " " + id);
  }

  CompletionStage<Void> snapshot(int partition, Snapshot snapshot) {
    return append(partition, "S " + snapshot.toJson());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  private CompletionStage<Void> append(int partition, String line) {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    try {
      producer.send(
          new ProducerRecord<>(topic, partition, null, line.getBytes(UTF_8)),
          (metadata, failure) -> {
            if (failure == null) {
              durable.complete(null);
            } else {
              durable.completeExceptionally(failure);
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      durable.completeExceptionally(e);
    }
    return writes.watch(new TopicPartition(topic, partition), durable);
  }

  /**
   * Reads what is remembered of some partitions. Blocks.
   *
   * @throws KafkaException if Kafka does not answer
   * @throws ReplicationException of kind NEWER if the journal holds a newer format
   */
  Map<Integer, Memory> read(Collection<Integer> partitions) {
    Map<Integer, Memory> memories = new HashMap<>();
    try (var consumer = kafka.assignedConsumer("journal-reader")) {
      for (int partition : partitions) {
        memories.put(partition, read(consumer, new TopicPartition(topic, partition)));
      }
    }
    return memories;
  }

  private Memory read(Consumer<byte[], byte[]> consumer, TopicPartition one) {
    consumer.assign(List.of(one));
    long end = consumer.endOffsets(List.of(one)).get(one);
    long begin = consumer.beginningOffsets(List.of(one)).get(one);
    long from = Math.max(begin, end - most);
    while (true) {
      Memory memory = read(consumer, one, from, end);
      if (memory.snapshot().isPresent() || from == begin) {
        return memory;
      }
      // Snapshots are frequent; that the tail holds none is possible all the same.
      from = Math.max(begin, from - most);
    }
  }

  private Memory read(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long end) {
    Deque<Applied> applied = new ArrayDeque<>();
    int before = 0;
    ConsumerRecord<byte[], byte[]> last = null;
    consumer.seek(partition, from);
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofSeconds(1))) {
        patience = System.nanoTime() + PATIENCE.toNanos();
        String line = line(message);
        if (line.startsWith("A ")) {
          applied.add(applied(message));
        } else if (line.startsWith("S ")) {
          last = message;
          before = applied.size();
        } else {
          throw unknown(message);
        }
        while (before > 0 && applied.size() > most) {
          applied.removeFirst();
          before--;
        }
      }
      if (System.nanoTime() - patience > 0) {
        throw new TimeoutException("reading " + partition + " came to a standstill");
      }
    }
    return new Memory(Optional.ofNullable(last).map(this::snapshot), applied);
  }

  private static String line(ConsumerRecord<byte[], byte[]> message) {
    return message.value() == null ? "" : new String(message.value(), UTF_8);
  }

  private Applied applied(ConsumerRecord<byte[], byte[]> message) {
    String[] words = line(message).split(" ", 4);
    try {
      return new Applied(new Stamp(words[1], Long.parseLong(words[2])), words[3]);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw unreadable(message, e);
    }
  }

  private Snapshot snapshot(ConsumerRecord<byte[], byte[]> message) {
    Snapshot snapshot;
    try {
      snapshot = Snapshot.parse(line(message).substring(2));
    } catch (IllegalArgumentException e) {
      throw unreadable(message, e);
    }
    if (snapshot.format() > Snapshot.FORMAT) {
      throw new ReplicationException(
          ReplicationException.Kind.NEWER,
          "%s holds a snapshot of format %d, this agent reads up to %d"
              .formatted(place(message), snapshot.format(), Snapshot.FORMAT),
          "upgrade this agent; nothing is lost meanwhile",
          null);
    }
    return snapshot;
  }

  private String place(ConsumerRecord<byte[], byte[]> message) {
    return topic + "-" + message.partition() + "@" + message.offset();
  }

  private ReplicationException unknown(ConsumerRecord<byte[], byte[]> message) {
    return new ReplicationException(
        ReplicationException.Kind.NEWER,
        place(message) + " holds a line of a form that this agent does not know",
        "upgrade this agent; nothing is lost meanwhile. If no newer agent has run here, find what"
            + " else writes to this topic, then delete the record",
        null);
  }

  private ReplicationException unreadable(ConsumerRecord<byte[], byte[]> message, Exception cause) {
    return new ReplicationException(
        ReplicationException.Kind.FATAL,
        place(message) + " holds a line that cannot be read: " + cause.getMessage(),
        "something else writes to this topic; find it, then delete the record",
        cause);
  }
}
