package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.TopicNames;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * A newer member of a flow's group reads the wire formats 1 and 2, as an agent of a later release
 * would, and takes note of the changes that it was given; what it has taken note of is committed.
 */
final class NewerMember implements AutoCloseable {
  private final Consumer<byte[], byte[]> consumer;
  private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "newer-member");
  private volatile Set<TopicPartition> partitions = Set.of();
  private volatile boolean closed;

  /** Joins the group. */
  NewerMember(ApplyRig rig) {
    consumer =
        rig.kafka.groupConsumer("newer-member", TopicNames.applyGroup(ApplyRig.HERE, rig.flow));
    consumer.subscribe(List.of(rig.topic()), new FromCommitted());
    thread.start();
  }

  /** Begins where the group is, as any member does. */
  private final class FromCommitted implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
      Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(assigned));
      for (TopicPartition one : assigned) {
        OffsetAndMetadata offset = committed.get(one);
        consumer.seek(one, offset == null ? 0 : offset.offset());
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
      consumer.commitSync();
    }
  }

  private void run() {
    while (!closed) {
      consumer.poll(Duration.ofMillis(100)).forEach(this::take);
      consumer.commitSync();
      partitions = consumer.assignment();
    }
    consumer.close();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (WireFormat.HEARTBEAT.equals(text(record.headers().lastHeader("ce_type")))) {
      return;
    }
    ids.add(text(record.headers().lastHeader("ce_id")));
  }

  private static String text(Header header) {
    return new String(header.value(), UTF_8);
  }

  /** Returns the ids of the changes that it was given, in order. */
  List<String> ids() {
    return List.copyOf(ids);
  }

  Set<TopicPartition> partitions() {
    return partitions;
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
