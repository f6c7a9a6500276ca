package io.replicator.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
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
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;

/**
 * The capture of one resource: offers pass through it onto the change topic, each partition in the
 * order of the offers, and complete when they are durable.
 *
 * <p>A change is kept in the {@link Outbox} from its offer until the acknowledgement, and sent
 * again after a failure: what had been written all the same is recognised downstream by its id.
 * Nothing is ever handed back to the source because Kafka was away.
 */
public final class Capture implements ChangeSink, AutoCloseable {
  private static final int MOST_PENDING = 5_000;

  /** The most bytes that a capture of its own agent, alone, makes use of. */
  public static final long MOST_PENDING_BYTES = 32L << 20;

  private final int partitions;
  private final Timer timer;
  private final Figures figures;
  private final Conditions conditions;
  private final Outbox outbox;
  private final Gate gate;
  private volatile long mostBytes;

  private final Object lock = new Object();
  private volatile ChangeSource source;
  private Timer.Handle beats;
  private Timer.Handle ticks;
  private volatile SourceStatus status;
  private volatile String shownGap; // what was shown last of what is missing; null if nothing was
  private volatile boolean paused;
  private volatile boolean besideNode;
  private volatile boolean closing; // the source is being closed, what it offers is still taken

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
      Clocks clocks,
      Figures figures,
      Conditions conditions) {
    this.partitions = partitions;
    this.timer = timer;
    this.figures = figures;
    this.conditions = conditions;
    this.mostBytes = mostBytes;
    this.outbox =
        new Outbox(
            new Destination(name, flow, topic, partitions, topicId),
            kafka,
            timer,
            clocks,
            figures,
            conditions,
            this::passed);
    conditions.whenShown(this::shown);
    this.gate = new Gate(this::takesMore, rate, clocks.steady());
  }

  /** Begins to capture. An end that cannot be opened yet is tried again until it can. */
  public void start(Door.Changes door) {
    besideNode = door instanceof Door.NodeLog;
    outbox.start();
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

  /** Says what is the matter with the captures beside the store's other nodes. */
  public void setRing(Condition condition) {
    conditions.set("ring", condition);
  }

  /**
   * Tells whether an operator was shown what the source misses, since something was accepted last.
   * What was met after that counts as shown only while the flow is DEGRADED, which everybody sees.
   */
  public boolean isGapShown() {
    SourceStatus known = status;
    String shown = shownGap;
    return shown != null
        && known != null
        && (conditions.present().state() == FlowState.DEGRADED
            || known.condition().reason().equals(shown));
  }

  /** Has the source take what is missing as lost, as far as it was shown. */
  public void acceptGap() {
    shownGap = null;
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
  public InstantSource clock() {
    return outbox::now;
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
    Optional<ReplicationException> refusal = outbox.refusal(change);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get());
    }
    gate.spend();
    return outbox.take(change, partition);
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
    return outbox.count();
  }

  /**
   * Returns what the present incarnation has written, after the close what the last one had; empty
   * while there is none.
   */
  public Optional<Written> written() {
    return outbox.written();
  }

  /** Returns what its last incarnations had written that ended before the present one began. */
  public List<Written> former() {
    return outbox.former();
  }

  /**
   * Says the last word of another capture of this flow, which will not speak again: what it had
   * read and not told holds back replicated-up-to no longer.
   *
   * @param name the other's, as {@link Capture} was given it
   * @return completes when that is durable; exceptionally if it has to be said again
   */
  public CompletionStage<Void> lastWordOf(String name) {
    return outbox.lastWordOf(name);
  }

  /**
   * Stops the source, lets what is under way become durable, and says goodbye with a last beat. One
   * beside a node says none: nobody else reads what is written there from now on, so its word keeps
   * holding replicated-up-to until it is back.
   */
  @Override
  public void close() {
    ChangeSource open;
    outbox.prepareToClose();
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
    outbox.close(last, !besideNode);
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
      FlowState state = stateOf(e);
      conditions.set("open", new Condition(state, e.getMessage(), e.hint()));
      if (state == FlowState.BLOCKED) {
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
    return switch (e.kind()) {
      case FATAL -> FlowState.FAILED;
      case NEWER -> FlowState.NEEDS_UPGRADE;
      case TRANSIENT, POISON, BLOCKED, SCHEMA, OPEN -> FlowState.BLOCKED;
    };
  }

  private boolean takesMore() {
    return !paused
        && !outbox.isClosed()
        && outbox.count() < MOST_PENDING
        && outbox.bytes() < mostBytes
        && outbox.isAnswered();
  }

  private void beat() {
    ChangeSource open = source;
    if (open != null) {
      // Before the lock, so that a source may offer under a lock of its own.
      SourceStatus known = open.status();
      if (known.condition().state() != FlowState.DEGRADED) {
        shownGap = null;
      }
      status = known;
      conditions.set("source", known.condition());
    }
    outbox.beat(Optional.ofNullable(status));
    gate.release();
  }

  private void shown(Condition condition) {
    ChangeSource open = source;
    if (open != null) {
      open.shown(condition);
    }
    SourceStatus known = status;
    if (known != null
        && condition.state() == FlowState.DEGRADED
        && condition.reason().equals(known.condition().reason())) {
      shownGap = condition.reason();
    }
  }

  private void passed() {
    if (gate.someoneWaits() && !outbox.isClosed()) {
      timer.now(gate::release);
    }
  }
}
