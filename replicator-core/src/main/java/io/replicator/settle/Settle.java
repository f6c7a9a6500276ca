package io.replicator.settle;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.ledger.LedgerTopic;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.reading.Bounds;
import io.replicator.reading.Tail;
import io.replicator.reading.Window;
import io.replicator.spi.HintSink;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SettleTarget;
import io.replicator.timer.Timer;
import io.replicator.wire.FormerLives;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.util.LinkedHashMap;
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
 * The settle station of one resource in this agent: a member of the group that shares the
 * resource's partition numbers out, with an owner for each that it is given.
 *
 * <p>One thread of its own reads Kafka, the outlet's writes to it; keys are settled on these, the
 * timer's and those of the store's client.
 */
public final class Settle implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Settle.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration GOODBYE = Duration.ofSeconds(10);
  private static final Duration LEAVE = Duration.ofSeconds(5);
  private static final Duration LAST = Duration.ofSeconds(30);

  /** As large as what travels inline is by default. */
  private static final long INLINE = 256 << 10;

  /**
   * What a station settles, and how.
   *
   * @param partitions of the change topics and of the hints
   * @param mostDeletes that may be told to the other regions in a minute
   * @param captures whether local writes are told to the other regions
   * @param receiveOnly whether what is found here is worth nothing against what they have
   * @param tellsDeletes whether the store tells of a delete itself
   */
  public record Plan(
      Resource resource,
      Region here,
      int partitions,
      int mostDeletes,
      boolean captures,
      boolean receiveOnly,
      boolean tellsDeletes,
      OnFailure onFailure) {
    Flow own() {
      return new Flow(resource, here);
    }
  }

  private final String name = Stamp.newCapture();
  private final Plan plan;
  private final Supplier<SettleTarget> opener;
  private final Optional<HintSink> sink;
  private final KafkaClients kafka;
  private final Supplier<String> topicId;
  private final Supplier<String> ledgerId;
  private final Timer timer;
  private final Clocks clocks;
  private final Duration retention;
  private final Bounds bounds;
  private final Owners owners = new Owners();
  private final FormerLives former = new FormerLives();
  private final Map<Region, Inflow> inflows = new LinkedHashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile Duration goodbye = GOODBYE;
  private volatile Optional<Station> station = Optional.empty();
  private volatile Optional<Written> last = Optional.empty(); // of the station that was left

  /**
   * @param opener opens the store's end; throws a {@link ReplicationException} if it cannot yet
   * @param sink takes hints that the station itself has into the region's topic of hints, where it
   *     captures
   * @param topicId tells the own change topic's present id, for the heartbeats; must not block
   * @param ledgerId likewise the ledger's
   * @param retention of change topics
   * @param bounds what each inflow may take of the agent
   */
  public Settle(
      Plan plan,
      Supplier<SettleTarget> opener,
      Optional<HintSink> sink,
      KafkaClients kafka,
      Supplier<String> topicId,
      Supplier<String> ledgerId,
      Timer timer,
      Clocks clocks,
      Duration retention,
      Bounds bounds) {
    this.plan = plan;
    this.opener = opener;
    this.sink = sink;
    this.kafka = kafka;
    this.topicId = topicId;
    this.ledgerId = ledgerId;
    this.timer = timer;
    this.clocks = clocks;
    this.retention = retention;
    this.bounds = bounds;
    this.thread = new Thread(this::run, "settle-" + plan.resource());
    thread.setDaemon(true);
  }

  /**
   * Takes one of the flows in, before the start: the region's own hints or another's changes.
   *
   * @param tails tells what ended incarnations of those who tell the changes had written; none of
   *     hints, which never leave the region
   */
  public Inflow add(
      Region origin, Figures figures, Conditions conditions, Supplier<List<Tail>> tails) {
    boolean own = origin.equals(plan.here());
    Flow flow = new Flow(plan.resource(), origin);
    Inflow inflow =
        new Inflow(
            flow,
            own ? TopicNames.hints(plan.here(), plan.resource()) : TopicNames.changes(flow),
            TopicNames.parking(plan.here(), flow),
            own,
            new Window(own ? hintBounds(bounds) : bounds),
            figures,
            conditions,
            tails,
            clocks.steady(),
            owners);
    inflows.put(origin, inflow);
    return inflow;
  }

  /** Begins to settle. */
  public void start() {
    thread.start();
  }

  /** Gives each inflow another share of its agent; what they hold already stays. */
  public void setBounds(Bounds bounds) {
    inflows
        .values()
        .forEach(
            inflow -> inflow.window().setBounds(inflow.isHints() ? hintBounds(bounds) : bounds));
  }

  /** A hint is small, but what it makes an owner read is not. */
  private static Bounds hintBounds(Bounds bounds) {
    int most = (int) Math.max(8, bounds.heldBytes() / INLINE);
    return new Bounds(Math.min(bounds.active(), most), bounds.heldBytes(), bounds.ids());
  }

  /**
   * Returns what the present incarnation has written, after the close what the last one had; empty
   * while there is none.
   */
  public Optional<Written> written() {
    return stopping() && station.isEmpty()
        ? last
        : station.flatMap(joined -> joined.outlet().written());
  }

  /** Returns what its last incarnations had written that ended before the present one began. */
  public List<Written> former() {
    return former.list();
  }

  /** Takes the bucket as it is, and what was asked of the operator as meant. */
  public void accept() {
    station.ifPresent(it -> it.guard().accept(owners.all()));
    inflows.values().stream().filter(Inflow::isHints).forEach(Inflow::acceptGap);
  }

  /** Stops while the process lives on, with the patience of a hand-over. */
  public void handOver() {
    goodbye = Assignment.HANDOVER;
    close(Assignment.HANDOVER.plus(LAST));
  }

  /** Stops, writes down what is done, and leaves the group; gives up after 30 s. */
  @Override
  public void close() {
    close(LAST);
  }

  private void close(Duration patience) {
    stop.countDown();
    try {
      thread.join(patience.toMillis());
      if (thread.isAlive()) {
        LOG.warn("{}: the local Kafka does not answer; leaving without a word", plan.resource());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    SettleTarget target = open();
    if (target == null) {
      return;
    }
    try (target) {
      while (!stopping()) {
        join(target);
        await(PAUSE);
      }
    }
  }

  private SettleTarget open() {
    while (!stopping()) {
      try {
        SettleTarget target = opener.get();
        inflows.values().forEach(inflow -> inflow.conditions().clear("open"));
        return target;
      } catch (ReplicationException e) {
        boolean fatal = e.kind() == ReplicationException.Kind.FATAL;
        show("open", fatal ? FlowState.FAILED : FlowState.BLOCKED, e.getMessage(), e.hint());
        await(PAUSE);
      }
    }
    return null;
  }

  /** Settles as a member of the group until stopped, or until Kafka refuses. */
  private void join(SettleTarget target) {
    Consumer<byte[], byte[]> member = null;
    Station joined = null;
    boolean orderly = false;
    try {
      joined = station(target);
      station = Optional.of(joined);
      joined.outlet().start();
      member =
          kafka.copartitionedConsumer(
              "settle-" + plan.resource().name(),
              TopicNames.settleGroup(plan.here(), plan.resource()));
      Assignment assignment =
          new Assignment(
              name,
              joined,
              inflows.values(),
              new LedgerTopic(TopicNames.ledger(plan.here(), plan.resource()), kafka),
              member,
              timer);
      new Membership(member, joined, inflows.values(), assignment, ledgerId, clocks, retention)
          .run(this::stopping);
      assignment.giveUp(assignment.all(), goodbye);
      orderly = true;
    } catch (ReplicationException e) {
      failed(e);
    } catch (RuntimeException e) {
      refused(e);
    } finally {
      leave(joined, orderly);
      if (member != null) {
        member.close(CloseOptions.timeout(LEAVE));
      }
    }
  }

  /** Whoever settles these keys next, here or elsewhere, must not meet our stragglers. */
  private void leave(Station joined, boolean orderly) {
    if (joined == null) {
      return;
    }
    if (!orderly) {
      owners.all().forEach(Owner::leave);
      owners
          .stop(
              owners.all().stream().map(Owner::partition).toList(),
              stopping() ? goodbye : Assignment.HANDOVER)
          .forEach(stopped -> owners.remove(stopped.owner()));
    }
    joined.patience().close();
    joined.outlet().close();
    last = joined.outlet().written();
    if (!stopping()) {
      last.ifPresent(former::add);
    }
    station = Optional.empty();
  }

  private Station station(SettleTarget target) {
    Optional<Inflow> own = inflows.values().stream().filter(Inflow::isHints).findFirst();
    Conditions spokesman = own.orElseGet(() -> inflows.values().iterator().next()).conditions();
    Publisher.Topics topics =
        new Publisher.Topics(
            plan.own(),
            TopicNames.changes(plan.own()),
            TopicNames.ledger(plan.here(), plan.resource()),
            plan.partitions());
    Outlet outlet =
        new Outlet(
            plan.resource().toString(),
            () -> publisher(topics),
            () -> Outlet.offsets(owners.all()),
            spokesman,
            kafka.bootstrapServers(),
            former,
            clocks.wall());
    Guard guard =
        new Guard(
            plan.resource(),
            target,
            outlet,
            clocks.steady(),
            plan.mostDeletes(),
            plan.receiveOnly());
    Patience patience =
        new Patience(
            plan.onFailure(),
            inflows.values(),
            timer,
            clocks.steady(),
            guard::isContent,
            owners::pump);
    Terms terms =
        new Terms(
            target.isConditional(), plan.receiveOnly() || !plan.captures(), plan.tellsDeletes());
    return new Station(
        plan.here(),
        terms,
        target,
        outlet,
        guard,
        patience,
        owners,
        own,
        sink,
        new Losses(clocks.steady()),
        timer,
        clocks,
        retention);
  }

  private Publisher publisher(Publisher.Topics topics) {
    Producer<byte[], byte[]> producer =
        kafka.transactionalProducer(
            "settle-" + plan.resource().name(),
            TopicNames.settleGroup(plan.here(), plan.resource()) + "." + name);
    try {
      producer.initTransactions();
      return new Publisher(topics, producer, topicId, clocks.wall(), name);
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  private void show(String cause, FlowState state, String reason, String hint) {
    for (Inflow inflow : inflows.values()) {
      inflow.figures().failed(reason, hint);
      inflow.conditions().set(cause, new Condition(state, reason, hint));
    }
  }

  private void refused(RuntimeException e) {
    if (e.getCause() instanceof ReplicationException ours) {
      failed(ours);
      return;
    }
    LOG.debug("{}: left the group", plan.resource(), e);
    show(
        "consumer",
        FlowState.BLOCKED,
        "cannot read the topics of " + plan.resource() + ": " + e.getMessage(),
        "look at the local brokers at "
            + kafka.bootstrapServers()
            + " and the agent's permissions");
  }

  private void failed(ReplicationException e) {
    boolean newer = e.kind() == ReplicationException.Kind.NEWER;
    FlowState state = newer ? FlowState.NEEDS_UPGRADE : FlowState.FAILED;
    show("consumer", state, e.getMessage(), e.hint());
    await(PAUSE.multipliedBy(15));
  }

  private boolean stopping() {
    return stop.getCount() == 0 || Thread.currentThread().isInterrupted();
  }

  private void await(Duration time) {
    try {
      if (stop.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("{}: stopping", plan.resource());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
