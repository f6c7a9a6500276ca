package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Region;
import io.replicator.wire.Parked;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;

/**
 * A cluster is the Kafka of one region: what it has written stays. A dead member of a consumer
 * group is missed after a while.
 */
final class Cluster {
  /** Longer than what a dead member sent can be on its way. */
  private static final Duration SESSION = Duration.ofSeconds(4);

  private static final class Group {
    private final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    private final Set<ClusterConsumer> members = new HashSet<>();
    private final Map<TopicPartition, ClusterConsumer> owners = new HashMap<>();
  }

  private final Region region;
  private final Clockwork clockwork;
  private final Outages outages;
  private final Map<String, Integer> partitions = new HashMap<>();
  private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> logs = new HashMap<>();
  private final Map<String, Group> groups = new HashMap<>();
  private final List<Consumer<ConsumerRecord<byte[], byte[]>>> witnesses = new ArrayList<>();

  Cluster(Region region, Clockwork clockwork) {
    this.region = region;
    this.clockwork = clockwork;
    this.outages = new Outages(clockwork);
  }

  void create(String topic, int count) {
    partitions.put(topic, count);
    for (int partition = 0; partition < count; partition++) {
      logs.put(new TopicPartition(topic, partition), new ArrayList<>());
    }
  }

  /** Shows somebody all that is written from now on. */
  void show(Consumer<ConsumerRecord<byte[], byte[]>> somebody) {
    witnesses.add(somebody);
  }

  List<PartitionInfo> partitionsFor(String topic) {
    refuseIfDown();
    List<PartitionInfo> infos = new ArrayList<>();
    for (TopicPartition partition : partitions(topic)) {
      infos.add(new PartitionInfo(topic, partition.partition(), null, null, null));
    }
    return infos;
  }

  List<TopicPartition> partitions(String topic) {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < partitions.get(topic); partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    return all;
  }

  /** Writes a record; returns where it stands. */
  long append(TopicPartition to, byte[] key, byte[] value, Headers headers) {
    List<ConsumerRecord<byte[], byte[]>> log = logs.get(to);
    ConsumerRecord<byte[], byte[]> written =
        new ConsumerRecord<>(
            to.topic(),
            to.partition(),
            log.size(),
            clockwork.instant().toEpochMilli(),
            TimestampType.LOG_APPEND_TIME,
            key == null ? -1 : key.length,
            value == null ? -1 : value.length,
            key,
            value,
            headers,
            Optional.empty());
    log.add(written);
    clockwork.say(() -> region + ": " + to + "@" + written.offset() + " " + describe(written));
    witnesses.forEach(witness -> witness.accept(written));
    return written.offset();
  }

  private static String describe(ConsumerRecord<byte[], byte[]> written) {
    if (written.headers().toArray().length == 0) {
      return new String(written.value(), UTF_8);
    }
    if (written.value() == null) {
      return "ends " + new String(written.key(), UTF_8);
    }
    return Parked.format(written.headers()) > 0
        ? "parks " + new String(written.key(), UTF_8)
        : WireFormat.decode(written.headers(), written.key(), written.value()).toString();
  }

  long end(TopicPartition partition) {
    return logs.get(partition).size();
  }

  /** Returns what stands from an offset on, up to a number of records. */
  List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, long from, int most) {
    List<ConsumerRecord<byte[], byte[]>> log = logs.get(partition);
    int end = (int) Math.min(log.size(), from + most);
    return log.subList((int) Math.min(from, end), end);
  }

  Outages outages() {
    return outages;
  }

  boolean isDown() {
    return outages.isDown();
  }

  void refuseIfDown() {
    if (isDown()) {
      throw new TimeoutException("no broker answers");
    }
  }

  /** Gives a member of a group some of the partitions that nobody has; all, if it is alone. */
  List<TopicPartition> give(String group, ClusterConsumer member, String topic) {
    Group joined = group(group);
    joined.members.add(member);
    List<TopicPartition> given = new ArrayList<>();
    for (TopicPartition partition : partitions(topic)) {
      if (!joined.owners.containsKey(partition)
          && (joined.members.size() == 1 || clockwork.chance(.5))) {
        joined.owners.put(partition, member);
        given.add(partition);
      }
    }
    return given;
  }

  /** Tells whether a member is not alone. */
  boolean isShared(String group) {
    return group(group).members.size() > 1;
  }

  boolean isOwner(String group, ClusterConsumer member, TopicPartition partition) {
    return group(group).owners.get(partition) == member;
  }

  void release(String group, ClusterConsumer member, TopicPartition partition) {
    group(group).owners.remove(partition, member);
  }

  void leave(String group, ClusterConsumer member) {
    Group left = group(group);
    left.members.remove(member);
    left.owners.values().removeIf(owner -> owner == member);
  }

  /** Takes note that a member died, of which a group knows nothing for a while. */
  void died(String group, ClusterConsumer member) {
    clockwork.after(SESSION.plus(clockwork.upTo(SESSION)), () -> leave(group, member));
  }

  Optional<OffsetAndMetadata> committed(String group, TopicPartition partition) {
    return Optional.ofNullable(group(group).offsets.get(partition));
  }

  void commit(String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
    group(group).offsets.putAll(offsets);
  }

  private Group group(String name) {
    return groups.computeIfAbsent(name, any -> new Group());
  }
}
