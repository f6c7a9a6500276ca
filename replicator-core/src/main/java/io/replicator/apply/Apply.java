package io.replicator.apply;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The applying end of one flow in this agent: a member of the flow's consumer group, with a lane
 * for each partition it holds.
 *
 * <p>One thread of its own talks to Kafka; changes are applied and remembered on the threads of the
 * store's client and of the local producer.
 */
public final class Apply implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Apply.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration COMMIT = Duration.ofSeconds(1);
  private static final Duration IDLE_SNAPSHOT = Duration.ofSeconds(30);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final int IDS_OF_A_PARTITION = 20_000;

  private final Flow flow;
  private final Region here;
  private final StoreResource endpoint;
  private final KafkaClients kafka;
  private final DeadLetters deadLetters;
  private final Timer timer;
  private final InstantSource clock;
  private final Duration retention;
  private final Figures figures;
  private final Conditions conditions;
  private final String topic;
  private final Journal journal;
  private final Window window = new Window();
  private final Map<Integer, Lane> lanes = new ConcurrentHashMap<>();
  private final Map<Integer, Long> remembered = new ConcurrentHashMap<>();
  private final Set<TopicPartition> held = new HashSet<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile Consumer<byte[], byte[]> consumer;
  private volatile Target target;
  private volatile boolean paused;
  private volatile boolean starved;
  private Instant committed = Instant.EPOCH;
  private Instant snapped = Instant.EPOCH;

  /**
   * @param local producer of the local Kafka; shared
   * @param retention of the change topic, after which an incarnation can be forgotten
   */
  public Apply(
      Flow flow,
      Region here,
      StoreResource endpoint,
      KafkaClients kafka,
      Producer<byte[], byte[]> local,
      DeadLetters deadLetters,
      Timer timer,
      InstantSource clock,
      Duration retention,
      Figures figures,
      Conditions conditions) {
    this.flow = flow;
    this.here = here;
    this.endpoint = endpoint;
    this.kafka = kafka;
    this.deadLetters = deadLetters;
    this.timer = timer;
    this.clock = clock;
    this.retention = retention;
    this.figures = figures;
    this.conditions = conditions;
    this.topic = TopicNames.changes(flow);
    this.journal = new Journal(TopicNames.applied(here, flow), kafka, local, IDS_OF_A_PARTITION);
    this.thread = new Thread(this::run, "apply-" + flow);
  }

  /** Begins to apply. */
  public void start() {
    thread.start();
  }

  /** Stops applying, or lets it go on. */
  public void setPaused(boolean paused) {
    this.paused = paused;
    if (!paused) {
      pumpAll();
    }
  }

  /**
   * Returns replicated-up-to, over the partitions in this agent's hands; empty if one is not known.
   */
  public Optional<Instant> replicatedUpTo() {
    Instant least = null;
    for (Lane lane : lanes.values()) {
      Optional<Instant> upTo = lane.upTo();
      if (upTo.isEmpty()) {
        return Optional.empty();
      }
      least = least == null || upTo.get().isBefore(least) ? upTo.get() : least;
    }
    return Optional.ofNullable(least);
  }

  /**
   * Returns how many changes are captured and not applied, in the partitions in this agent's hands.
   *
   * @param sent the last numbers of each capture by partition, as the captures' status tells them
   */
  public long pending(Map<String, long[]> sent) {
    return lanes.values().stream().mapToLong(lane -> lane.pending(sent)).sum();
  }

  /** Tells whether this agent holds the flow's first partition, and so speaks for its source. */
  public boolean holdsFirst() {
    return lanes.containsKey(0);
  }

  /** Takes the changes that never came as lost, and is DEGRADED no longer. */
  public void acceptGap() {
    lanes.values().forEach(Lane::acceptGap);
    conditions.clear("gap");
  }

  /** Stops, remembers what is done, and leaves the group. */
  @Override
  public void close() {
    stop.countDown();
    Consumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    try {
      thread.join(DRAIN.plus(DRAIN).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Applier applier = openApplier();
    if (applier == null) {
      return;
    }
    try (applier) {
      while (!stopping()) {
        target = new Target(flow, applier, deadLetters, timer, figures, conditions, this::pumpAll);
        try (Consumer<byte[], byte[]> member =
            kafka.groupConsumer(
                "apply-" + flow.origin() + "-" + flow.resource().name(),
                TopicNames.applyGroup(here, flow))) {
          consumer = member;
          consume(member);
        } catch (WakeupException e) {
          LOG.debug("flow {}: woken", flow);
        } catch (KafkaException e) {
          figures.failed(e.getMessage(), "");
          conditions.set(
              "consumer",
              new Condition(
                  FlowState.BLOCKED,
                  "cannot read " + topic + ": " + e.getMessage(),
                  "look at the local brokers at "
                      + kafka.bootstrapServers()
                      + " and the agent's permissions"));
        } catch (ReplicationException e) {
          conditions.set("consumer", new Condition(FlowState.FAILED, e.getMessage(), e.hint()));
          await(PAUSE.multipliedBy(15));
        } finally {
          consumer = null;
          target.close();
          dropLanes(lanes.keySet(), Duration.ZERO);
        }
        await(PAUSE);
      }
    }
  }

  private Applier openApplier() {
    while (!stopping()) {
      try {
        Applier applier = endpoint.openApplier(flow.origin());
        conditions.clear("open");
        return applier;
      } catch (ReplicationException e) {
        figures.failed(e.getMessage(), e.hint());
        boolean fatal = e.kind() == ReplicationException.Kind.FATAL;
        conditions.set(
            "open",
            new Condition(fatal ? FlowState.FAILED : FlowState.BLOCKED, e.getMessage(), e.hint()));
        await(PAUSE);
      }
    }
    return null;
  }

  private void consume(Consumer<byte[], byte[]> member) {
    member.subscribe(List.of(topic), new Partitions(member));
    while (!stopping()) {
      regulate(member);
      Set<Lane> touched = new HashSet<>();
      try {
        for (ConsumerRecord<byte[], byte[]> message : member.poll(POLL)) {
          Lane lane = lanes.get(message.partition());
          TopicPartition partition = new TopicPartition(topic, message.partition());
          if (lane != null && !held.contains(partition)) {
            accept(lane, message, partition);
            touched.add(lane);
          }
        }
        conditions.clear("consumer");
      } catch (InvalidOffsetException e) {
        // Purged under a slow reader: what is gone shows as a hole in the numbers.
        gap("records of " + e.partitions() + " were purged before they were applied");
        dropLanes(lanes.keySet(), Duration.ZERO);
        new Partitions(member).onPartitionsAssigned(member.assignment());
      } catch (WakeupException e) {
        LOG.trace("flow {}: drained", flow);
      }
      touched.forEach(Lane::pump);
      remember(member);
    }
  }

  private void accept(Lane lane, ConsumerRecord<byte[], byte[]> message, TopicPartition partition) {
    Decoded decoded = WireFormat.decode(message.headers(), message.key(), message.value());
    if (decoded instanceof Decoded.Newer newer) {
      held.add(partition);
      conditions.set(
          "format",
          new Condition(
              FlowState.NEEDS_UPGRADE,
              partition
                  + " holds a change of format "
                  + newer.format()
                  + " at "
                  + message.offset()
                  + ", this agent reads up to "
                  + WireFormat.FORMAT,
              "upgrade the agents of " + here + "; nothing is lost meanwhile"));
      return;
    }
    lane.accept(new Entry(message, decoded));
  }

  /** Fetches no more than can be held, and nothing while paused. */
  private void regulate(Consumer<byte[], byte[]> member) {
    Set<TopicPartition> stopped = member.paused();
    boolean all = paused || window.full() || (starved && !window.drained());
    starved = all && !paused;
    Set<TopicPartition> pause =
        member.assignment().stream()
            .filter(partition -> all || held.contains(partition))
            .collect(Collectors.toSet());
    Set<TopicPartition> resume = new HashSet<>(stopped);
    resume.removeAll(pause);
    member.pause(pause);
    member.resume(resume);
  }

  private final class Begin implements Lane.Work {
    @Override
    public void begin(Lane lane, Entry entry) {
      Target now = target;
      if (entry.decoded instanceof Decoded.Captured captured) {
        now.apply(entry, captured.change(), done -> finished(lane, done));
      } else if (entry.decoded instanceof Decoded.Unreadable unreadable) {
        now.setAside(
            entry,
            "record "
                + topic
                + "-"
                + lane.partition()
                + "@"
                + entry.message.offset()
                + " cannot be read: "
                + unreadable.reason(),
            "find out who wrote it; only agents write to change topics",
            done -> finished(lane, done));
      }
    }

    @Override
    public boolean isOpen() {
      return !paused && target.isOpen();
    }

    @Override
    public void duplicate() {
      figures.duplicate();
    }
  }

  private void finished(Lane lane, Entry entry) {
    lane.release(entry);
    if (entry.decoded instanceof Decoded.Captured captured
        && !endpoint.capabilities().keepsHistory()) {
      write(lane, entry, captured);
    } else {
      settled(lane, entry);
    }
  }

  private void write(Lane lane, Entry entry, Decoded.Captured captured) {
    journal
        .applied(lane.partition(), captured.stamp(), captured.change().id())
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                settled(lane, entry);
              } else {
                figures.retried("remembering failed: " + failure.getMessage(), "");
                timer.after(PAUSE, () -> write(lane, entry, captured));
              }
            });
  }

  private void settled(Lane lane, Entry entry) {
    lane.settle(entry);
    pumpAll();
    Consumer<byte[], byte[]> member = consumer;
    if (starved && window.drained() && member != null) {
      starved = false;
      member.wakeup();
    }
  }

  private void pumpAll() {
    lanes.values().forEach(Lane::pump);
  }

  /** Writes down how far all is done, and commits what is written down. */
  private void remember(Consumer<byte[], byte[]> member) {
    Instant now = clock.instant();
    if (now.isBefore(committed.plus(COMMIT))) {
      return;
    }
    committed = now;
    boolean idle = !now.isBefore(snapped.plus(IDLE_SNAPSHOT));
    if (idle) {
      snapped = now;
      lanes.values().forEach(lane -> lane.forgetBefore(now.minus(retention).minus(retention)));
    }
    lanes.values().forEach(lane -> lane.snapshot(idle).ifPresent(it -> snapshot(lane, it)));
    Map<TopicPartition, OffsetAndMetadata> offsets =
        remembered.entrySet().stream()
            .filter(entry -> lanes.containsKey(entry.getKey()))
            .collect(
                Collectors.toMap(
                    entry -> new TopicPartition(topic, entry.getKey()),
                    entry -> new OffsetAndMetadata(entry.getValue())));
    remembered.clear();
    if (!offsets.isEmpty()) {
      member.commitAsync(
          offsets,
          (asked, failure) -> {
            if (failure != null) {
              LOG.debug(
                  "flow {}: commit failed, the next one follows: {}", flow, failure.toString());
            }
          });
    }
    reportGaps();
  }

  private void snapshot(Lane lane, Journal.Snapshot snapshot) {
    journal
        .snapshot(lane.partition(), snapshot)
        .thenRun(() -> remembered.merge(lane.partition(), snapshot.offset(), Math::max));
  }

  private void reportGaps() {
    long missing = lanes.values().stream().mapToLong(Lane::missing).sum();
    if (missing > 0) {
      gap(missing + " changes were numbered and never arrived");
    } else if (lanes.values().stream().anyMatch(Lane::recreated)) {
      gap("the topic " + topic + " was created anew in " + flow.origin());
    }
  }

  private void gap(String reason) {
    conditions.set(
        "gap",
        new Condition(
            FlowState.DEGRADED,
            reason,
            "send them again from " + flow.origin() + ", or call acceptGap on this flow's bean"));
  }

  /** Lets go of partitions: nothing more is begun, and what is done is written down. */
  private void dropLanes(Collection<Integer> partitions, Duration patience) {
    for (int partition : List.copyOf(partitions)) {
      Lane lane = lanes.get(partition);
      if (lane != null) {
        try {
          lane.close(patience);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        lanes.remove(partition);
        held.remove(new TopicPartition(topic, partition));
      }
    }
  }

  private boolean stopping() {
    return stop.getCount() == 0 || Thread.currentThread().isInterrupted();
  }

  private void await(Duration time) {
    try {
      if (stop.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("flow {}: stopping", flow);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes and gives up partitions; called on the flow's thread, within poll and close. */
  private final class Partitions implements ConsumerRebalanceListener {
    private final Consumer<byte[], byte[]> member;

    Partitions(Consumer<byte[], byte[]> member) {
      this.member = member;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (partitions.isEmpty()) {
        return;
      }
      Map<Integer, Journal.Memory> memories =
          journal.read(partitions.stream().map(TopicPartition::partition).toList());
      Map<TopicPartition, OffsetAndMetadata> offsets = member.committed(Set.copyOf(partitions));
      Map<TopicPartition, Long> begins = member.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = member.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        take(
            partition,
            memories.get(partition.partition()),
            Optional.ofNullable(offsets.get(partition)).map(OffsetAndMetadata::offset),
            begins.get(partition),
            ends.get(partition));
      }
    }

    private void take(
        TopicPartition partition,
        Journal.Memory memory,
        Optional<Long> offset,
        long begin,
        long end) {
      Optional<Long> known = offset.or(() -> memory.snapshot().map(Journal.Snapshot::offset));
      long front = known.orElse(begin);
      if (known.isPresent() && (front < begin || front > end)) {
        gap(
            partition
                + " holds offsets "
                + begin
                + " to "
                + end
                + " but the next to apply was "
                + front
                + ": it was purged or created anew");
        front = begin;
      }
      Instant born =
          memory
              .snapshot()
              .map(snapshot -> Instant.ofEpochMilli(snapshot.bornMillis()))
              .orElse(begin == 0 ? Instant.EPOCH : clock.instant());
      Optional<RecentIds> ids =
          endpoint.capabilities().keepsHistory()
              ? Optional.empty()
              : Optional.of(new RecentIds(IDS_OF_A_PARTITION));
      Lane lane =
          new Lane(partition.partition(), front, born, memory, ids, window, new Begin(), clock);
      member.seek(partition, front);
      if (offset.isEmpty()) {
        member.commitSync(Map.of(partition, new OffsetAndMetadata(front)));
      }
      lanes.put(partition.partition(), lane);
      LOG.info("flow {}: partition {} from offset {}", flow, partition.partition(), front);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        Lane lane = lanes.get(partition.partition());
        if (lane == null) {
          continue;
        }
        dropLanes(List.of(partition.partition()), DRAIN);
        try {
          Optional<Journal.Snapshot> last = lane.snapshot(true);
          if (last.isPresent()) {
            journal
                .snapshot(lane.partition(), last.get())
                .toCompletableFuture()
                .get(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
            member.commitSync(Map.of(partition, new OffsetAndMetadata(last.get().offset())));
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
            | java.util.concurrent.TimeoutException
            | KafkaException e) {
          LOG.warn(
              "flow {}: partition {} was given up without a last commit; some of it will be"
                  + " recognised as done: {}",
              flow,
              partition.partition(),
              e.toString());
        }
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      dropLanes(partitions.stream().map(TopicPartition::partition).toList(), Duration.ZERO);
    }
  }
}
