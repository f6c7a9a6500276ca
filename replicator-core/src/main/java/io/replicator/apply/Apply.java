package io.replicator.apply;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.reading.Applied;
import io.replicator.reading.Bounds;
import io.replicator.reading.Gaps;
import io.replicator.reading.Hearing;
import io.replicator.reading.Reading;
import io.replicator.reading.Tail;
import io.replicator.reading.Throttle;
import io.replicator.reading.Window;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The applying end of one flow in this agent: a member of the flow's consumer group, with a lane
 * for each partition it holds.
 *
 * <p>One thread of its own talks to Kafka; changes are applied and remembered on the threads of the
 * store's client and of the local producer.
 */
public final class Apply implements Applied, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Apply.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration LONG_PAUSE = Duration.ofSeconds(30);
  private static final Duration GOODBYE = Duration.ofSeconds(10);
  private static final Duration LEAVE = Duration.ofSeconds(5);
  private static final Duration LAST = Duration.ofSeconds(30);

  /** What one membership in the group consists of. */
  private record Seat(
      Consumer<byte[], byte[]> member,
      Chain chain,
      Readback readback,
      Partitions partitions,
      Membership membership) {}

  private final Flow flow;
  private final Region here;
  private final Supplier<Applier> opener;
  private final boolean keepsHistory;
  private final KafkaClients kafka;
  private final DeadLetters deadLetters;
  private final Timer timer;
  private final Clocks clocks;
  private final Duration retention;
  private final OnFailure onFailure;
  private final Figures figures;
  private final Conditions conditions;
  private final String topic;
  private final Producer<byte[], byte[]> local;
  private final LocalWrites writes;
  private final Journal journal;
  private final Window window;
  private final Lanes lanes;
  private final Failing failing;
  private final Gaps gaps;
  private final Trouble trouble;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile Duration goodbye = GOODBYE;
  private volatile Applier opened;
  private Seat seat; // null outside of the group
  private final Thread thread;
  private volatile boolean paused;

  /**
   * @param opener opens the end that writes; throws a {@link ReplicationException} if it cannot yet
   * @param keepsHistory whether the store itself tells a change that it had before
   * @param local producer of the local Kafka; shared
   * @param retention of the change topic, after which an incarnation can be forgotten
   * @param onFailure what becomes of a change that keeps failing
   * @param bounds what the flow may take of its agent
   * @param tails tells what ended incarnations of the flow's captures had written
   */
  public Apply(
      Flow flow,
      Region here,
      Supplier<Applier> opener,
      boolean keepsHistory,
      KafkaClients kafka,
      Producer<byte[], byte[]> local,
      DeadLetters deadLetters,
      Timer timer,
      Clocks clocks,
      Duration retention,
      OnFailure onFailure,
      Bounds bounds,
      Supplier<List<Tail>> tails,
      Figures figures,
      Conditions conditions) {
    this.flow = flow;
    this.here = here;
    this.opener = opener;
    this.keepsHistory = keepsHistory;
    this.kafka = kafka;
    this.deadLetters = deadLetters;
    this.timer = timer;
    this.clocks = clocks;
    this.retention = retention;
    this.onFailure = onFailure;
    this.window = new Window(bounds, clocks::nanos);
    this.figures = figures;
    this.conditions = conditions;
    this.local = local;
    this.topic = TopicNames.changes(flow);
    this.writes = new LocalWrites(kafka.bootstrapServers(), clocks::nanos);
    this.journal = new Journal(TopicNames.applied(here, flow), kafka, local, bounds.ids(), writes);
    this.lanes = new Lanes(timer);
    this.failing = new Failing(conditions, lanes::parkedConditions);
    this.gaps = new Gaps(flow, conditions, keepsHistory, tails);
    this.trouble = new Trouble(topic, kafka.bootstrapServers(), figures, conditions);
    this.thread = new Thread(this::run, "apply-" + flow);
    thread.setDaemon(true);
  }

  /** Begins to apply. */
  public void start() {
    thread.start();
  }

  /** Gives the flow another share of its agent; what it holds already stays. */
  public void setBounds(Bounds bounds) {
    window.setBounds(bounds);
    lanes.all().forEach(Lane::trim);
  }

  /** Stops applying, or lets it go on. */
  public void setPaused(boolean paused) {
    this.paused = paused;
    if (!paused) {
      lanes.readings().forEach(Reading::resumed);
      lanes.pump();
    }
  }

  @Override
  public Optional<Instant> replicatedUpTo() {
    return Reading.upTo(lanes.readings());
  }

  @Override
  public Optional<Instant> passedUpTo() {
    return Reading.passedUpTo(lanes.readings());
  }

  @Override
  public long parked() {
    return lanes.all().stream().mapToLong(lane -> lane.bay().keys().size()).sum();
  }

  @Override
  public long pending(Map<String, long[]> sent) {
    return parked() + lanes.readings().stream().mapToLong(it -> it.pending(sent)).sum();
  }

  /**
   * Looks whether heartbeats arrive in every partition in this agent's hands.
   *
   * @param origin what the origin's agents say of the flow
   */
  public void watch(Hearing.Origin origin) {
    Applier open = opened;
    if (open != null) {
      conditions.set("applier", open.condition());
    }
    failing.look();
    conditions.set("local-writes", writes.condition());
    if (!paused) {
      conditions.set("unheard", heard(origin).orElse(Condition.RUNNING));
    }
  }

  /** Of what stands behind a full window nothing can be heard: that is no silence. */
  private Optional<Condition> heard(Hearing.Origin origin) {
    return window.drained()
        ? Hearing.judge(
            flow, topic, lanes.readings(), origin, Hearing.CAPTURED, clocks.steady().instant())
        : Optional.empty();
  }

  @Override
  public int partitionCount() {
    return lanes.all().size();
  }

  @Override
  public boolean holdsFirst() {
    return lanes.get(0) != null;
  }

  @Override
  public long missing() {
    return lanes.readings().stream().mapToLong(Reading::missing).sum();
  }

  @Override
  public Throttle throttle() {
    return window.throttle();
  }

  /** Takes the changes that never came as lost, and is DEGRADED no longer. */
  public void acceptGap() {
    gaps.accept(lanes.readings());
    Applier open = opened;
    if (open != null) {
      open.acceptGap();
    }
  }

  /**
   * Stops, remembers what is done, and leaves the group, while the process lives on: what is under
   * way is waited for as at a hand-over, since whoever opens the flow next must not meet it.
   */
  public void handOver() {
    goodbye = Partitions.HANDOVER;
    close(Partitions.HANDOVER.plus(LAST));
  }

  /** Stops, remembers what is done, and leaves the group; gives up after 30 s. */
  @Override
  public void close() {
    close(LAST);
  }

  private void close(Duration patience) {
    stop.countDown();
    try {
      thread.join(patience.toMillis());
      if (thread.isAlive()) {
        LOG.warn("flow {}: the local Kafka does not answer; leaving without a word", flow);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!stopping()) {
        await(turn());
      }
      giveUp();
    } finally {
      leave();
    }
  }

  /**
   * Does a little of the work: opens the applier, or joins the group and reads what there is. A
   * membership that Kafka refuses is left, and another begun. Called by one thread, again and
   * again.
   *
   * @return how long to rest before the next turn
   */
  Duration turn() {
    if (opened == null) {
      return open() ? Duration.ZERO : PAUSE;
    }
    try {
      if (seat == null) {
        seat = sit(opened);
        seat.membership().join();
      }
      seat.membership().turn();
      return Duration.ZERO;
    } catch (KafkaException | IllegalStateException | ReplicationException e) {
      boolean soon = trouble.refused(e);
      rise();
      return soon ? PAUSE : LONG_PAUSE;
    }
  }

  /** Gives the partitions back, with all that is done written down. */
  void giveUp() {
    if (seat == null) {
      return;
    }
    try {
      seat.partitions().giveUp(lanes.partitions(), goodbye);
    } catch (KafkaException | IllegalStateException e) {
      trouble.refused(e);
    }
  }

  /** Leaves the group and closes the applier. */
  void leave() {
    try {
      rise();
    } finally {
      Applier open = opened;
      if (open != null) {
        open.close();
      }
    }
  }

  private boolean open() {
    try {
      opened = opener.get();
      trouble.opened();
      return true;
    } catch (ReplicationException e) {
      trouble.unopened(e);
      return false;
    }
  }

  /** Makes ready to apply as a member of the group. */
  private Seat sit(Applier applier) {
    conditions.clear("format");
    // What is written there may be written on the producer's own thread, which has to find the
    // topics for itself: it must know them by then.
    Parking parking = new Parking(TopicNames.parking(here, flow), local, writes);
    parking.learn();
    deadLetters.learn();
    journal.learn();
    Consumer<byte[], byte[]> member =
        kafka.groupConsumer(
            "apply-" + flow.origin() + "-" + flow.resource().name(),
            TopicNames.applyGroup(here, flow));
    Chain chain =
        new Chain(
            flow,
            applier,
            onFailure,
            deadLetters,
            writes,
            parking,
            journal,
            !keepsHistory,
            window,
            timer,
            clocks,
            figures,
            failing,
            conditions,
            () -> paused,
            lanes::pump,
            this::recovered);
    Readback readback =
        new Readback(
            TopicNames.parking(here, flow), topic, kafka, parking, lanes, window, timer, clocks);
    Checkpoint checkpoint = new Checkpoint(topic, member, journal, lanes, timer, clocks, retention);
    Partitions partitions =
        new Partitions(
            member,
            journal,
            readback,
            checkpoint,
            lanes,
            chain.delivery(),
            window,
            !keepsHistory,
            clocks);
    Membership membership =
        new Membership(
            topic,
            member,
            lanes,
            window,
            partitions,
            readback,
            checkpoint,
            gaps,
            conditions,
            () -> paused,
            clocks.steady());
    return new Seat(member, chain, readback, partitions, membership);
  }

  private void recovered() {
    window.recover();
    lanes.pump();
  }

  private void rise() {
    if (seat == null) {
      return;
    }
    // Whoever applies these partitions next, here or elsewhere, must not meet our stragglers.
    lanes.drop(lanes.partitions(), stopping() ? goodbye : Partitions.HANDOVER);
    seat.chain().close();
    seat.member().close(CloseOptions.timeout(LEAVE));
    seat.readback().close();
    seat = null;
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
}
