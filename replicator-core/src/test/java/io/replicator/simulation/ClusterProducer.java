package io.replicator.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A producer of a cluster: idempotent, so each partition is written and acknowledged in the order
 * of the sends. When it is closed at once, or dies, the first of what is under way may be written
 * all the same, and nothing behind what was not.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // there is one thread
class ClusterProducer extends MockProducer<byte[], byte[]> {
  /** A record on its way, and back. */
  private static final class Flight {
    final ProducerRecord<byte[], byte[]> message;
    final Callback callback;
    long offset = -1;
    RuntimeException failure;

    Flight(ProducerRecord<byte[], byte[]> message, Callback callback) {
      this.message = message;
      this.callback = callback;
    }
  }

  private static final class Line {
    final Deque<Flight> sent = new ArrayDeque<>();
    final Deque<Flight> unanswered = new ArrayDeque<>();
    boolean halted; // by a refusal that the sender does not know of yet
    long lastArrival;
    long lastAnswer;
  }

  private final Cluster cluster;
  private final Clockwork clockwork;
  private final Life life;
  private final Faults faults;
  private final Map<String, Line> lines = new TreeMap<>();
  private boolean severed;

  ClusterProducer(Cluster cluster, Clockwork clockwork, Life life, Faults faults) {
    this.cluster = cluster;
    this.clockwork = clockwork;
    this.life = life;
    this.faults = faults;
    life.whenOver(this::sever);
  }

  @Override
  public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> message, Callback callback) {
    life.speaks();
    if (severed) {
      throw new IllegalStateException("the producer has been closed");
    }
    Line line = lines.computeIfAbsent(place(message).toString(), any -> new Line());
    line.sent.add(new Flight(message, callback));
    travel(line);
    return new CompletableFuture<>();
  }

  /** Returns where a record that is sent now stands if no other comes between. */
  long next(ProducerRecord<byte[], byte[]> message) {
    Line line = lines.get(place(message).toString());
    return cluster.end(place(message)) + (line == null ? 0 : line.sent.size());
  }

  private void travel(Line line) {
    line.lastArrival = later(line.lastArrival);
    clockwork.at(line.lastArrival, () -> arrive(line));
  }

  private long later(long last) {
    return Math.max(last + 1, clockwork.nanos() + clockwork.soon().toNanos());
  }

  private void arrive(Line line) {
    if (line.sent.isEmpty()) {
      return;
    }
    if (cluster.isDown() || line.halted) {
      if (!severed) {
        travel(line);
      } else {
        line.sent.clear();
      }
      return;
    }
    Flight flight = line.sent.remove();
    boolean refused = clockwork.chance(refusal(flight.message));
    if (!refused || clockwork.chance(.5)) {
      flight.offset = write(flight.message);
    } else {
      line.halted = !passesRefused();
    }
    if (severed) {
      return;
    }
    if (refused) {
      flight.failure = new NotEnoughReplicasAfterAppendException("by chance");
    }
    line.unanswered.add(flight);
    line.lastAnswer = later(line.lastAnswer);
    clockwork.at(line.lastAnswer, () -> answer(line));
  }

  /** Returns how likely a broker is to refuse a record. */
  double refusal(ProducerRecord<byte[], byte[]> message) {
    return faults.refusal();
  }

  /** Tells whether what stands behind a refused record is written before the sender knows. */
  boolean passesRefused() {
    return false;
  }

  /** Has the cluster write a record; returns where it stands. */
  long write(ProducerRecord<byte[], byte[]> message) {
    return cluster.append(
        place(message),
        message.key(),
        message.value(),
        new RecordHeaders(message.headers().toArray()));
  }

  private void answer(Line line) {
    if (severed || line.unanswered.isEmpty()) {
      return;
    }
    Flight flight = line.unanswered.remove();
    life.speaks();
    answer(flight.message, flight.callback, flight.offset, flight.failure);
    if (flight.failure != null) {
      line.halted = false;
    }
  }

  /** Tells the sender what became of a record. */
  void answer(
      ProducerRecord<byte[], byte[]> message, Callback callback, long offset, Exception failure) {
    if (failure != null) {
      clockwork.say(() -> life + ": " + place(message) + " fails: " + failure.getMessage());
    }
    callback.onCompletion(
        new RecordMetadata(place(message), offset, 0, clockwork.millis(), 0, 0), failure);
  }

  private static TopicPartition place(ProducerRecord<byte[], byte[]> message) {
    return new TopicPartition(
        message.topic(), message.partition() == null ? 0 : message.partition());
  }

  @Override
  public List<PartitionInfo> partitionsFor(String topic) {
    life.speaks();
    return cluster.partitionsFor(topic);
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(30));
  }

  @Override
  public void close(Duration patience) {
    if (severed) {
      return;
    }
    if (!patience.isZero() && !cluster.isDown()) {
      lines.values().forEach(this::finish);
    }
    List<Flight> failed =
        lines.values().stream()
            .flatMap(line -> Stream.concat(line.unanswered.stream(), line.sent.stream()))
            .toList();
    sever();
    for (Flight flight : failed) {
      clockwork.after(
          Duration.ZERO,
          life,
          () -> answer(flight.message, flight.callback, -1, new KafkaException("closed at once")));
    }
  }

  /** Waits, in no time, for all that is under way. */
  private void finish(Line line) {
    while (!line.unanswered.isEmpty() || !line.sent.isEmpty()) {
      if (line.unanswered.isEmpty()) {
        Flight flight = line.sent.remove();
        answer(flight.message, flight.callback, write(flight.message), null);
      } else {
        answer(line);
      }
    }
  }

  private void sever() {
    if (severed) {
      return;
    }
    severed = true;
    for (Line line : lines.values()) {
      line.unanswered.clear();
      if (passesRefused()) {
        continue;
      }
      if (line.halted) {
        line.sent.clear();
      }
      for (int lost = clockwork.below(line.sent.size() + 1); lost > 0; lost--) {
        line.sent.removeLast();
      }
    }
  }
}
