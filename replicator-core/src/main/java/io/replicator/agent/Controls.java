package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import io.replicator.spi.ReplicationException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Controls are what operators told the flows of a region, kept in a compacted topic, so that all
 * its agents obey and a restart does not forget. A record's key is the flow, its value {@code
 * pause}, or null once it may run.
 */
final class Controls {
  private static final String PAUSE = "pause";

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final Set<String> paused = ConcurrentHashMap.newKeySet();
  private final Map<String, Consumer<Boolean>> listeners = new ConcurrentHashMap<>();

  Controls(String topic, Producer<byte[], byte[]> producer) {
    this.topic = topic;
    this.producer = producer;
  }

  /** Tells a flow's station now whether it is paused, and again whenever that changes. */
  synchronized void listen(Flow flow, Consumer<Boolean> listener) {
    listeners.put(flow.toString(), listener);
    listener.accept(paused.contains(flow.toString()));
  }

  /**
   * Pauses a flow, or lets it go on; returns when that is durable.
   *
   * @throws ReplicationException if Kafka does not acknowledge within 10 s
   */
  void pause(Flow flow, boolean pause) {
    byte[] value = pause ? PAUSE.getBytes(UTF_8) : null;
    try {
      producer
          .send(new ProducerRecord<>(topic, 0, flow.toString().getBytes(UTF_8), value))
          .get(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new ReplicationException(
          ReplicationException.Kind.TRANSIENT,
          "the local Kafka did not acknowledge the command; it may take effect later: " + e,
          "look at the local brokers, then give the command again",
          null);
    }
  }

  /** Reads a line of the topic. */
  synchronized void read(ConsumerRecord<byte[], byte[]> line) {
    if (line.key() == null) {
      return;
    }
    String flow = new String(line.key(), UTF_8);
    boolean pause = line.value() != null && new String(line.value(), UTF_8).equals(PAUSE);
    boolean changed = pause ? paused.add(flow) : paused.remove(flow);
    Consumer<Boolean> listener = listeners.get(flow);
    if (changed && listener != null) {
      listener.accept(pause);
    }
  }
}
