package io.replicator.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The capture of one resource: offers pass through it onto the change topic, each partition in the
 * order of the offers, and complete when they are durable.
 *
 * <p>A change is kept here from its offer until the acknowledgement. When a send fails, the
 * incarnation ends and all that is kept is sent again, in order, by a new one: what had been
 * written all the same is recognised downstream by its id. Nothing is ever handed back to the
 * source because Kafka was away.
 */
public final class Capture implements ChangeSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
  private static final int MOST_PENDING = 5_000;

  /** The most bytes that a capture of its own agent, alone, makes use of. */
  public static final long MOST_PENDING_BYTES = 32L << 20;

  private static final long MOST_CHANGE_BYTES = KafkaClients.MAX_RECORD_BYTES - (64 << 10);
  private static final Duration DOUBT = Duration.ofSeconds(3);

  /**
   * A partition that acknowledges nothing for so long, though something waits for it, ends the
   * incarnation: an outage is waited for by the next one just as well, and a producer that has got
   * stuck by itself is left behind.
   */
  private static final Duration STUCK = Duration.ofSeconds(60);

  private static final Duration GOODBYE = Duration.ofSeconds(5);

  private final String name;
  private final Flow flow;
  private final String topic;
  private final int partitions;
  private final Supplier<String> topicId;
  private final KafkaClients kafka;
  private final Timer timer;
  private final InstantSource clock;
  private final Figures figures;
  private final Conditions conditions;
  private volatile long mostBytes;
  private final Gate gate;

  private final ConcurrentSkipListMap<Long, Pending> pending = new ConcurrentSkipListMap<>();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final Object lock = new Object();
  private long tickets;
  private volatile Incarnation incarnation; // null while the next one is awaited
  private volatile ChangeSource source;
  private Timer.Handle beats;
  private Timer.Handle ticks;
  private volatile Instant begun = Instant.EPOCH;
  private volatile Instant lastBegin = Instant.EPOCH;
  private volatile SourceStatus status;
  private volatile boolean paused;
  private volatile boolean besideNode;
  private volatile boolean closing; // the source is being closed, what it offers is still taken
  private volatile boolean closed;

  /**
   * @param name tells it from the others of the flow: {@link Stamp#newCapture}, or, where no other
   *     process can go on with what this one leaves, a name that it will have again
   * @param topic that the changes are written to
   * @param mostBytes of changes that are offered and not durable
   * @param topicId tells the change topic's present id, for the heartbeats; called often, must not
   *     block
   * @param timer runs heartbeats and retries
   */
  public Capture(
      String name,
      Flow flow,
      String topic,
      int partitions,
      Supplier<String> topicId,
      OptionalLong rate,
      long mostBytes,
      KafkaClients kafka,
      Timer timer,
      InstantSource clock,
      Figures figures,
      Conditions conditions) {
    this.name = name;
    this.flow = flow;
    this.topic = topic;
    this.partitions = partitions;
    this.topicId = topicId;
    this.kafka = kafka;
    this.timer = timer;
    this.clock = clock;
    this.figures = figures;
    this.conditions = conditions;
    this.mostBytes = mostBytes;
    this.gate = new Gate(this::takesMore, rate, clock);
  }

  /** Begins to capture. An end that cannot be opened yet is tried again until it can. */
  public void start(Door.Changes door) {
    begun = clock.instant();
    besideNode = door instanceof Door.NodeLog;
    timer.apart(this::renew);
    openSource(door);
    synchronized (lock) {
      if (!closing) {
        beats = timer.every(Duration.ofSeconds(1), this::beat);
        ticks = timer.every(Duration.ofMillis(50), gate::release);
      }
    }
  }

  /** Says how many bytes may be offered and not durable from now on. */
  public void setMostPendingBytes(long most) {
    mostBytes = most;
  }

  /** Stops reading from the source, or lets it go on. */
  public void setPaused(boolean paused) {
    this.paused = paused;
    gate.release();
  }

  /** Has the source take what is missing as lost. */
  public void acceptGap() {
    ChangeSource open = source;
    if (open != null) {
      open.acceptGap();
    }
  }

  @Override
  public CompletionStage<Void> ready() {
    return gate.pass();
  }

  @Override
  public CompletionStage<Void> offer(Change change) {
    return offer(
        change, Utils.toPositive(Utils.murmur2(change.key().getBytes(UTF_8))) % partitions);
  }

  /** Takes a change, likewise, that is to stand in every partition. */
  CompletionStage<Void> offerEverywhere(Change change) {
    return CompletableFuture.allOf(
        IntStream.range(0, partitions)
            .mapToObj(partition -> offer(change, partition).toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  private CompletionStage<Void> offer(Change change, int partition) {
    long size = change.size();
    if (size > MOST_CHANGE_BYTES) {
      return CompletableFuture.failedFuture(tooLarge(change, null));
    }
    gate.spend();
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(new CancellationException("capture is closed"));
      }
      Pending one =
          new Pending(
              tickets++, change, partition, size, clock.instant(), new CompletableFuture<>());
      pending.put(one.ticket(), one);
      pendingBytes.addAndGet(size);
      if (incarnation != null) {
        send(incarnation, one);
      }
      return one.durable();
    }
  }

  /** Returns what the source knew a second ago; empty until it was opened. */
  public Optional<SourceStatus> status() {
    return Optional.ofNullable(status);
  }

  /** Returns {@link ChangeSource#passedOver} of the source; 0 until it is open. */
  public long passedOver() {
    ChangeSource open = source;
    return open == null ? 0 : open.passedOver();
  }

  /** Returns {@link ChangeSource#setAside} of the source; 0 until it is open. */
  public long setAside() {
    ChangeSource open = source;
    return open == null ? 0 : open.setAside();
  }

  /** Returns how many changes are offered and not durable. */
  public int pendingCount() {
    return pending.size();
  }

  /**
   * Returns the present incarnation's name and the last durable numbers by partition; empty while
   * there is none.
   */
  public Optional<Map.Entry<String, long[]>> sequences() {
    return Optional.ofNullable(incarnation)
        .map(present -> Map.entry(present.name(), present.acknowledged()));
  }

  /**
   * Says the last word of another capture of this flow, which will not speak again: what it had
   * read and not told holds back replicated-up-to no longer.
   *
   * @param name the other's, as {@link Capture} was given it
   * @return completes when that is durable; exceptionally if it has to be said again
   */
  public CompletionStage<Void> lastWordOf(String name) {
    synchronized (lock) {
      Incarnation present = incarnation;
      return present == null || closing
          ? CompletableFuture.failedFuture(new CancellationException("nothing can be sent now"))
          : present.lastWordOf(name, clock.instant(), topicId.get());
    }
  }

  /**
   * Stops the source, lets what is under way become durable, and says goodbye with a last beat. One
   * beside a node says none: nobody else reads what is written there from now on, so its word keeps
   * holding replicated-up-to until it is back.
   */
  @Override
  public void close() {
    ChangeSource open;
    synchronized (lock) {
      closing = true;
      if (beats != null) {
        beats.cancel();
        ticks.cancel();
      }
      open = source;
      source = null;
    }
    gate.close();
    Optional<SourceStatus> last = Optional.empty();
    if (open != null) {
      open.close();
      last = Optional.of(open.status());
    }
    Incarnation ending;
    synchronized (lock) {
      closed = true;
      ending = incarnation;
      incarnation = null;
      if (ending != null && last.isPresent() && pending.isEmpty() && ending.proven()) {
        ending.beat(
            clock.instant(),
            last.get().deliveredUpTo(),
            last.get().hold(),
            !besideNode,
            topicId.get(),
            failure -> {});
      }
    }
    // Not under the lock, which the outcomes that it waits for may want.
    if (ending != null) {
      ending.close(GOODBYE);
    }
    for (Pending one : List.copyOf(pending.values())) {
      if (settle(one)) {
        one.durable().completeExceptionally(new CancellationException("capture is closed"));
      }
    }
  }

  private void openSource(Door.Changes door) {
    try {
      ChangeSource opened = door.open(this);
      boolean late;
      synchronized (lock) {
        late = closing;
        source = late ? null : opened;
      }
      if (late) {
        opened.close();
      }
      conditions.clear("open");
    } catch (ReplicationException e) {
      figures.failed(e.getMessage(), e.hint());
      conditions.set("open", new Condition(stateOf(e), e.getMessage(), e.hint()));
      if (e.kind() != ReplicationException.Kind.FATAL) {
        timer.after(Duration.ofSeconds(2), () -> reopen(door));
      }
    }
  }

  private void reopen(Door.Changes door) {
    if (!closing) {
      openSource(door);
    }
  }

  private static FlowState stateOf(ReplicationException e) {
    return e.kind() == ReplicationException.Kind.FATAL ? FlowState.FAILED : FlowState.BLOCKED;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private boolean takesMore() {
    return !paused
        && !closed
        && pending.size() < MOST_PENDING
        && pendingBytes.get() < mostBytes
        && kafkaAnswers();
  }

  private boolean kafkaAnswers() {
    Incarnation present = incarnation;
    if (present == null || !present.proven()) {
      return false;
    }
    Instant limit = clock.instant().minus(DOUBT);
    Map.Entry<Long, Pending> oldest = pending.firstEntry();
    boolean changesPass =
        oldest == null
            || oldest.getValue().since().isAfter(limit)
            || !present.silentSince(oldest.getValue().partition(), limit);
    return changesPass && present.beatingSince().map(since -> since.isAfter(limit)).orElse(true);
  }

  private void beat() {
    ChangeSource open = source;
    if (open != null) {
      // Before the lock, so that a source may offer under a lock of its own.
      status = open.status();
      conditions.set("source", status.condition());
    }
    Incarnation living = incarnation;
    Map.Entry<Long, Pending> oldest = pending.firstEntry();
    if (living != null
        && oldest != null
        && living.silentSince(oldest.getValue().partition(), clock.instant().minus(STUCK))) {
      ended(living, new TimeoutException("no acknowledgement for " + STUCK.toSeconds() + " s"));
    }
    synchronized (lock) {
      Incarnation present = incarnation;
      if (!closing && present != null) {
        Optional<Instant> upTo = Optional.ofNullable(status).flatMap(SourceStatus::deliveredUpTo);
        Duration hold = status == null ? Duration.ZERO : status.hold();
        present.beat(
            clock.instant(), upTo, hold, false, topicId.get(), failure -> ended(present, failure));
      }
    }
    conditions.set(
        "kafka",
        kafkaAnswers() || begun.plus(DOUBT).isAfter(clock.instant())
            ? Condition.RUNNING
            : new Condition(
                FlowState.BLOCKED,
                "the local Kafka at " + kafka.bootstrapServers() + " does not acknowledge",
                "look at the brokers; the source is not read meanwhile, nothing is lost"));
    gate.release();
  }

  private void send(Incarnation by, Pending one) {
    by.send(one, (sent, failure) -> outcome(by, sent, failure));
  }

  private void outcome(Incarnation by, Pending one, Exception failure) {
    if (failure == null) {
      if (settle(one)) {
        figures.captured(one.size());
        one.durable().complete(null);
      }
    } else if (failure instanceof RecordTooLargeException) {
      if (settle(one)) {
        one.durable().completeExceptionally(tooLarge(one.change(), failure));
      }
      ended(by, failure);
    } else {
      ended(by, failure);
    }
    if (gate.someoneWaits() && !closed) {
      timer.now(gate::release);
    }
  }

  private boolean settle(Pending one) {
    boolean settled = pending.remove(one.ticket()) != null;
    if (settled) {
      pendingBytes.addAndGet(-one.size());
    }
    return settled;
  }

  /**
   * Takes note, on the producer's thread, that a send failed: this life of the producer is over.
   */
  private void ended(Incarnation by, Exception failure) {
    if (failure == null || closed) {
      return;
    }
    timer.now(
        () -> {
          synchronized (lock) {
            if (incarnation != by || closed) {
              return;
            }
            incarnation = null;
          }
          figures.retried(
              "sending to " + topic + " failed: " + failure.getMessage(),
              "look at the local brokers and the agent's permissions");
          LOG.warn("flow {}: incarnation {} ended: {}", flow, by.name(), failure.toString());
          by.close(Duration.ZERO);
          timer.after(Duration.ofSeconds(1), () -> timer.apart(this::renew));
        });
  }

  private void renew() {
    if (closing) {
      return;
    }
    Incarnation next;
    try {
      // No two lives may bear one name, even if the clock was set back meanwhile.
      lastBegin = later(clock.instant(), lastBegin.plusMillis(1));
      next =
          new Incarnation(
              Stamp.newIncarnation(lastBegin, name),
              topic,
              flow,
              partitions,
              kafka.mortalProducer("capture-" + flow.resource().name()),
              clock);
    } catch (KafkaException e) {
      conditions.set(
          "producer",
          new Condition(
              FlowState.BLOCKED, "no producer: " + e.getMessage(), "look at the kafka section"));
      timer.after(Duration.ofSeconds(5), () -> timer.apart(this::renew));
      return;
    }
    try {
      // Sends are made under the lock, and the first would wait there for this.
      next.awaitTopic();
      conditions.clear("producer");
    } catch (KafkaException e) {
      next.close(Duration.ZERO);
      conditions.set(
          "producer",
          new Condition(
              FlowState.BLOCKED,
              "the local Kafka at "
                  + kafka.bootstrapServers()
                  + " does not tell where "
                  + topic
                  + " is: "
                  + e.getMessage(),
              "look at the brokers; the source is not read meanwhile, nothing is lost"));
      timer.after(Duration.ofSeconds(1), () -> timer.apart(this::renew));
      return;
    }
    begin(next);
  }

  /** Sends all that is kept in its old order; what is offered from now on comes behind it. */
  private void begin(Incarnation next) {
    boolean late;
    synchronized (lock) {
      late = closed;
      if (!late) {
        incarnation = next;
        begun = clock.instant();
        pending.values().forEach(one -> send(next, one));
        LOG.info("flow {}: incarnation {} begins", flow, next.name());
      }
    }
    if (late) {
      next.close(Duration.ZERO);
    }
  }

  private ReplicationException tooLarge(Change change, Exception cause) {
    return new ReplicationException(
        ReplicationException.Kind.POISON,
        change + " is larger than a record of " + topic + " may be",
        "it stays in its source; the limit is " + MOST_CHANGE_BYTES + " bytes",
        cause);
  }
}
