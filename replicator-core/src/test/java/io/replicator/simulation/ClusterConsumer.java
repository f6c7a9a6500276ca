package io.replicator.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** A consumer of a cluster, of partitions that it is told or, as a member of a group, given. */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // there is one thread
class ClusterConsumer extends MockConsumer<byte[], byte[]> {
  private static final int MOST = 10;

  private final Cluster cluster;
  private final Clockwork clockwork;
  private final Life life;
  private final Faults faults;
  private final Optional<String> group;
  private final Map<Integer, TopicPartition> taken = new TreeMap<>();
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();

  /** Up to which each partition was read since it was given; before that it is repeated. */
  private final Map<TopicPartition, Long> furthest = new HashMap<>();

  private final Deque<Runnable> commits = new ArrayDeque<>();
  private String topic;
  private ConsumerRebalanceListener listener;
  private long lastCommit;

  /**
   * @param group which the consumer is a member of; empty if it is told what to read
   */
  ClusterConsumer(
      Cluster cluster, Clockwork clockwork, Life life, Faults faults, Optional<String> group) {
    super("none");
    this.cluster = cluster;
    this.clockwork = clockwork;
    this.life = life;
    this.faults = faults;
    this.group = group;
    group.ifPresent(name -> life.whenOver(() -> cluster.died(name, this)));
  }

  @Override
  public void subscribe(Collection<String> topics, ConsumerRebalanceListener told) {
    topic = topics.iterator().next();
    listener = told;
  }

  @Override
  public void assign(Collection<TopicPartition> partitions) {
    taken.clear();
    partitions.forEach(partition -> taken.put(partition.partition(), partition));
    positions.keySet().retainAll(partitions);
    paused.retainAll(partitions);
  }

  @Override
  public Set<TopicPartition> assignment() {
    return new HashSet<>(taken.values());
  }

  @Override
  public void seekToBeginning(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> positions.put(partition, 0L));
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration patience) {
    life.speaks();
    if (cluster.isDown()) {
      return ConsumerRecords.empty();
    }
    if (listener != null) {
      rebalance(group.orElseThrow());
      rewind(group.orElseThrow());
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new LinkedHashMap<>();
    List<TopicPartition> order = new ArrayList<>(taken.values());
    Collections.shuffle(order, clockwork.random());
    for (TopicPartition partition : order) {
      if (!paused.contains(partition) && (group.isEmpty() || clockwork.chance(.7))) {
        List<ConsumerRecord<byte[], byte[]>> some =
            cluster.read(partition, positions.get(partition), 1 + clockwork.below(MOST));
        if (!some.isEmpty()) {
          long first = positions.get(partition);
          long known = furthest.merge(partition, first, Math::max);
          records.put(
              partition, some.stream().map(it -> it.offset() < known ? it : read(it)).toList());
          positions.put(partition, first + some.size());
          furthest.merge(partition, first + some.size(), Math::max);
        }
      }
    }
    return new ConsumerRecords<>(records, Map.of());
  }

  private void rewind(String name) {
    if (taken.isEmpty() || !clockwork.chance(faults.rewind())) {
      return;
    }
    TopicPartition partition = clockwork.pick(List.copyOf(taken.values()));
    cluster.committed(name, partition).ifPresent(known -> positions.put(partition, known.offset()));
  }

  private void rebalance(String name) {
    if (!taken.isEmpty() && cluster.isShared(name) && clockwork.chance(faults.rebalance())) {
      TopicPartition given = clockwork.pick(List.copyOf(taken.values()));
      clockwork.say(() -> life + " gives up " + given);
      givesUp(given);
      listener.onPartitionsRevoked(List.of(given));
      taken.remove(given.partition());
      paused.remove(given);
      furthest.remove(given);
      cluster.release(name, this, given);
      return;
    }
    List<TopicPartition> given = cluster.give(name, this, topic);
    if (!given.isEmpty()) {
      clockwork.say(() -> life + " is given " + given);
      given.forEach(partition -> taken.put(partition.partition(), partition));
      listener.onPartitionsAssigned(given);
    }
  }

  /** Is called before a partition is given up for another member. */
  void givesUp(TopicPartition partition) {}

  /** Returns a record as it arrives here for the first time. */
  ConsumerRecord<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> written) {
    return written;
  }

  @Override
  public Set<TopicPartition> paused() {
    return Set.copyOf(paused);
  }

  @Override
  public void pause(Collection<TopicPartition> partitions) {
    paused.addAll(partitions);
  }

  @Override
  public void resume(Collection<TopicPartition> partitions) {
    paused.removeAll(partitions);
  }

  @Override
  public void seek(TopicPartition partition, long offset) {
    positions.put(partition, offset);
  }

  @Override
  public long position(TopicPartition partition) {
    return positions.get(partition);
  }

  @Override
  public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
    asks();
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(partition -> offsets.put(partition, 0L));
    return offsets;
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    asks();
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(partition -> offsets.put(partition, cluster.end(partition)));
    return offsets;
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
    asks();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      offsets.put(partition, cluster.committed(group.orElseThrow(), partition).orElse(null));
    }
    return offsets;
  }

  @Override
  public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
    asks();
    while (!commits.isEmpty()) {
      commits.remove().run();
    }
    if (!commit(offsets)) {
      throw new CommitFailedException();
    }
  }

  @Override
  public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration patience) {
    commitSync(offsets);
  }

  @Override
  public void commitAsync(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    life.speaks();
    boolean lost = clockwork.chance(faults.lostWord());
    lastCommit = Math.max(lastCommit + 1, clockwork.nanos() + clockwork.soon().toNanos());
    commits.add(
        () -> {
          boolean done = !lost && !cluster.isDown() && commit(offsets);
          if (!life.isOver()) {
            callback.onComplete(offsets, done ? null : new TimeoutException("by chance"));
          }
        });
    clockwork.at(lastCommit, this::commitNext);
  }

  private void commitNext() {
    Runnable next = commits.poll();
    if (next != null && !(life.isOver() && clockwork.chance(.5))) {
      next.run();
    }
  }

  /** Has the cluster write down how far the group is; tells whether this member has a say. */
  boolean commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    String name = group.orElseThrow();
    boolean owner = offsets.keySet().stream().allMatch(it -> cluster.isOwner(name, this, it));
    if (owner) {
      cluster.commit(name, offsets);
    }
    return owner;
  }

  @Override
  public void close(CloseOptions options) {
    group.ifPresent(name -> cluster.leave(name, this));
  }

  @Override
  public void close() {
    group.ifPresent(name -> cluster.leave(name, this));
  }

  private void asks() {
    life.speaks();
    cluster.refuseIfDown();
  }
}
