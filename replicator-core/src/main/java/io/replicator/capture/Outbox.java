package io.replicator.capture;

import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import io.replicator.timer.Timer;
import io.replicator.wire.FormerLives;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbox of a capture keeps each change from its offer until the acknowledgement, and has one
 * incarnation after the other send it: when a send fails, the incarnation ends and all that is kept
 * is sent again, in order, by a new one. Thread-safe.
 */
final class Outbox {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final long MOST_CHANGE_BYTES = KafkaClients.MAX_RECORD_BYTES - (64 << 10);
  private static final Duration DOUBT = Duration.ofSeconds(3);

  /**
   * A partition that acknowledges nothing for so long, though something waits for it, ends the
   * incarnation: an outage is waited for by the next one just as well, and a producer that has got
   * stuck by itself is left behind.
   */
  private static final Duration STUCK = Duration.ofSeconds(60);

  private static final Duration GOODBYE = Duration.ofSeconds(5);

  private final Destination to;
  private final KafkaClients kafka;
  private final Timer timer;
  private final Clocks clocks;
  private final Figures figures;
  private final Conditions conditions;
  private final Runnable passed;

  private final KafkaTime kafkaTime;
  private final Backlog backlog = new Backlog();
  private final FormerLives former = new FormerLives();
  private final Object lock = new Object();
  private volatile Incarnation incarnation; // null while the next one is awaited
  private volatile Incarnation latest; // the one that ended last
  private volatile Instant begun = Instant.EPOCH;
  private volatile Instant lastBegin = Instant.EPOCH;
  private volatile boolean closing; // what is offered is still taken
  private volatile boolean closed;

  /**
   * @param timer runs retries
   * @param passed is called after each outcome, on the producer's thread
   */
  Outbox(
      Destination to,
      KafkaClients kafka,
      Timer timer,
      Clocks clocks,
      Figures figures,
      Conditions conditions,
      Runnable passed) {
    this.to = to;
    this.kafka = kafka;
    this.timer = timer;
    this.clocks = clocks;
    this.figures = figures;
    this.conditions = conditions;
    this.passed = passed;
    this.kafkaTime = new KafkaTime(clocks.steady());
  }

  /**
   * Returns the time of day, but none that the local Kafka's clock has not passed: of two clocks
   * the one that is ahead may be wrong.
   */
  Instant now() {
    Instant wall = clocks.wall().instant();
    return kafkaTime.now().filter(wall::isAfter).orElse(wall);
  }

  /** Has the first incarnation begin. */
  void start() {
    begun = clocks.steady().instant();
    timer.apart(this::renew);
  }

  /** Returns why a change cannot be taken; empty if it can. */
  Optional<ReplicationException> refusal(Change change) {
    return change.size() > MOST_CHANGE_BYTES
        ? Optional.of(tooLarge(change, null))
        : Optional.empty();
  }

  /** Takes a change; the stage completes when it is durable. */
  CompletionStage<Void> take(Change change, int partition) {
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(new CancellationException("capture is closed"));
      }
      Pending one = backlog.add(change, partition, clocks.steady().instant());
      if (incarnation != null) {
        send(incarnation, one);
      }
      return one.durable();
    }
  }

  /** Returns how many changes are taken and not durable. */
  int count() {
    return backlog.count();
  }

  /** Returns how large they are. */
  long bytes() {
    return backlog.bytes();
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Returns what the present incarnation has written, after the close what the last one had; empty
   * while there is none.
   */
  Optional<Written> written() {
    return Optional.ofNullable(closed ? latest : incarnation).map(this::written);
  }

  private Written written(Incarnation by) {
    return new Written(by.name(), by.acknowledged(), clocks.wall().instant());
  }

  /** Returns what the incarnations had written that ended before the present one began. */
  List<Written> former() {
    return former.list();
  }

  /** Tells whether Kafka acknowledges what is sent. */
  boolean isAnswered() {
    Incarnation present = incarnation;
    if (present == null || !present.proven()) {
      return false;
    }
    Instant limit = clocks.steady().instant().minus(DOUBT);
    boolean changesPass =
        backlog
            .oldest()
            .filter(oldest -> !oldest.since().isAfter(limit))
            .filter(oldest -> present.silentSince(oldest.partition(), limit))
            .isEmpty();
    return changesPass && present.beatingSince().map(since -> since.isAfter(limit)).orElse(true);
  }

  /** Says what the source knows in every partition, and whether Kafka answers. */
  void beat(Optional<SourceStatus> status) {
    Incarnation living = incarnation;
    Instant limit = clocks.steady().instant().minus(STUCK);
    if (living != null
        && backlog
            .oldest()
            .filter(oldest -> living.silentSince(oldest.partition(), limit))
            .isPresent()) {
      ended(living, new TimeoutException("no acknowledgement for " + STUCK.toSeconds() + " s"));
    }
    synchronized (lock) {
      Incarnation present = incarnation;
      if (!closing && present != null) {
        present.beat(
            clocks.wall().instant(),
            status.flatMap(SourceStatus::deliveredUpTo).flatMap(this::bounded),
            status.map(SourceStatus::hold).orElse(Duration.ZERO),
            false,
            to.topicId().get(),
            failure -> ended(present, failure));
      }
    }
    conditions.set(
        "kafka",
        isAnswered() || begun.plus(DOUBT).isAfter(clocks.steady().instant())
            ? Condition.RUNNING
            : away("does not acknowledge"));
  }

  /** No source is believed that says it has read what is yet to come. */
  private Optional<Instant> bounded(Instant upTo) {
    return kafkaTime.now().map(most -> upTo.isAfter(most) ? most : upTo);
  }

  /** Says the last word of another capture of the flow, by {@link Capture#lastWordOf}. */
  CompletionStage<Void> lastWordOf(String name) {
    synchronized (lock) {
      Incarnation present = incarnation;
      return present == null || closing
          ? CompletableFuture.failedFuture(new CancellationException("nothing can be sent now"))
          : present.lastWordOf(name, clocks.wall().instant(), to.topicId().get());
    }
  }

  /** Beats no more, and begins no new incarnation; what is offered is still taken. */
  void prepareToClose() {
    synchronized (lock) {
      closing = true;
    }
  }

  /**
   * Takes nothing more, says goodbye, and waits for what is under way.
   *
   * @param last what the source knew at the end; without it there is no last beat
   * @param bye whether the last beat says that no other will come
   */
  void close(Optional<SourceStatus> last, boolean bye) {
    Incarnation ending;
    synchronized (lock) {
      ending = incarnation;
      latest = ending == null ? latest : ending;
      closed = true;
      incarnation = null;
      if (ending != null && last.isPresent() && backlog.isEmpty() && ending.proven()) {
        ending.beat(
            clocks.wall().instant(),
            last.get().deliveredUpTo().flatMap(this::bounded),
            last.get().hold(),
            bye,
            to.topicId().get(),
            failure -> {});
      }
    }
    // Not under the lock, which the outcomes that it waits for may want.
    if (ending != null) {
      ending.close(GOODBYE);
    }
    for (Pending one : List.copyOf(backlog.all())) {
      if (backlog.remove(one)) {
        one.durable().completeExceptionally(new CancellationException("capture is closed"));
      }
    }
  }

  private void send(Incarnation by, Pending one) {
    by.send(one, (sent, failure) -> outcome(by, sent, failure));
  }

  private void outcome(Incarnation by, Pending one, Exception failure) {
    if (failure == null) {
      if (backlog.remove(one)) {
        figures.captured(one.size());
        one.durable().complete(null);
      }
    } else if (failure instanceof RecordTooLargeException) {
      if (backlog.remove(one)) {
        one.durable().completeExceptionally(tooLarge(one.change(), failure));
      }
      ended(by, failure);
    } else {
      ended(by, failure);
    }
    passed.run();
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
            latest = by;
          }
          figures.retried(
              "sending to " + to.topic() + " failed: " + failure.getMessage(),
              "look at the local brokers and the agent's permissions");
          LOG.warn("flow {}: incarnation {} ended: {}", to.flow(), by.name(), failure.toString());
          by.close(Duration.ZERO);
          former.add(written(by));
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
      lastBegin = later(clocks.wall().instant(), lastBegin.plusMillis(1));
      next =
          new Incarnation(
              Stamp.newIncarnation(lastBegin, to.name()),
              to.topic(),
              to.flow(),
              to.partitions(),
              kafka.mortalProducer("capture-" + to.flow().resource().name()),
              clocks.steady(),
              kafkaTime);
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
          "producer", away("does not tell where " + to.topic() + " is: " + e.getMessage()));
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
        begun = clocks.steady().instant();
        backlog.all().forEach(one -> send(next, one));
        LOG.info("flow {}: incarnation {} begins", to.flow(), next.name());
      }
    }
    if (late) {
      next.close(Duration.ZERO);
    }
  }

  private Condition away(String how) {
    return new Condition(
        FlowState.BLOCKED,
        "the local Kafka at " + kafka.bootstrapServers() + " " + how,
        "look at the brokers; the source is not read meanwhile, nothing is lost");
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private ReplicationException tooLarge(Change change, Exception cause) {
    return new ReplicationException(
        ReplicationException.Kind.POISON,
        change + " is larger than a record of " + to.topic() + " may be",
        "it stays in its source; the limit is " + MOST_CHANGE_BYTES + " bytes",
        cause);
  }
}
