package io.replicator.settle;

import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.FormerLives;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outlet makes durable what the owners of a resource want, transaction by transaction: all that
 * came together in the meantime goes into one. Each also commits the offsets of what is done, under
 * the station's membership: the brokers refuse it to a member that was declared dead, so that a
 * former owner can publish and remember nothing.
 *
 * <p>A transaction that comes to nothing is tried again for the owners that are still at work. One
 * thread of its own talks to Kafka; what was asked for completes on it.
 */
final class Outlet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);
  private static final int MOST_WRITES = 1_000;
  private static final long MOST_BYTES = 8L << 20;
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LONG_PAUSE = Duration.ofSeconds(1);
  private static final Duration GOODBYE = Duration.ofSeconds(5);

  /** So long after a transaction began that came to its end the membership is sure to last. */
  static final Duration LEASE = Duration.ofSeconds(4);

  /** So many transactions in a row that come to nothing are worth an operator's look. */
  private static final int CONSPICUOUS = 5;

  /** What no record of a change topic can hold. */
  private static final long TOO_LARGE = KafkaClients.MAX_RECORD_BYTES - (64 << 10);

  /** A write is what one owner wants in one transaction. */
  private record Write(Owner owner, List<Output> outputs, CompletableFuture<Void> durable) {
    long size() {
      return outputs.stream().mapToLong(Output::size).sum();
    }
  }

  private final Supplier<Publisher> opener;
  private final Supplier<Map<TopicPartition, OffsetAndMetadata>> offsets;
  private final Conditions conditions;
  private final String brokers;
  private final FormerLives former;
  private final InstantSource clock;
  private final BlockingQueue<Write> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private Publisher publisher;
  private int failures;
  private volatile ConsumerGroupMetadata member;
  private volatile long lease = System.nanoTime();
  private volatile Optional<Written> written = Optional.empty();
  private volatile boolean closed;

  /**
   * @param opener opens a publisher; may block, and throws a {@link KafkaException} if it cannot
   * @param offsets of all inputs, up to which everything is done and written down
   * @param brokers where the local Kafka is, for what is said of it
   * @param former takes the incarnations that end
   */
  Outlet(
      String name,
      Supplier<Publisher> opener,
      Supplier<Map<TopicPartition, OffsetAndMetadata>> offsets,
      Conditions conditions,
      String brokers,
      FormerLives former,
      InstantSource clock) {
    this.opener = opener;
    this.offsets = offsets;
    this.conditions = conditions;
    this.brokers = brokers;
    this.former = former;
    this.clock = clock;
    this.thread = new Thread(this::run, "outlet-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Says as which member the station reads now; null while it is none. */
  void setMember(ConsumerGroupMetadata member) {
    this.member = member;
  }

  /**
   * Makes outputs durable together; completes exceptionally only if the owner was given up before
   * that, the outlet was closed, or with a POISON failure if one is larger than a record may be.
   */
  CompletionStage<Void> write(Owner owner, List<Output> outputs) {
    for (Output output : outputs) {
      if (output instanceof Output.Told told && told.size() > TOO_LARGE) {
        return CompletableFuture.failedFuture(
            new ReplicationException(
                ReplicationException.Kind.POISON,
                told.change() + " is larger than a record may be (" + TOO_LARGE + " bytes)",
                "lower the inline limit of the resource, then write the key again",
                null));
      }
    }
    Write write = new Write(owner, outputs, new CompletableFuture<>());
    waiting.add(write);
    if (closed && waiting.remove(write)) {
      write.durable().completeExceptionally(new CancellationException("closed"));
    }
    return write.durable();
  }

  /** Completes when the brokers have lately confirmed that this agent has the owner's partition. */
  CompletionStage<Void> confirm(Owner owner) {
    return isConfirmed() ? CompletableFuture.completedFuture(null) : write(owner, List.of());
  }

  /** Tells whether the brokers have lately confirmed the membership. */
  boolean isConfirmed() {
    return System.nanoTime() - lease < 0;
  }

  /** Returns what the present incarnation, or the one that ended last, has written. */
  Optional<Written> written() {
    return written;
  }

  /** Returns how many writes wait. */
  int waiting() {
    return waiting.size();
  }

  /** Ends when what is under way is, and lets go of what waits. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(GOODBYE.toMillis());
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(GOODBYE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Write write = waiting.poll(); write != null; write = waiting.poll()) {
      write.durable().completeExceptionally(new CancellationException("closed"));
    }
  }

  private void run() {
    List<Write> batch = new ArrayList<>();
    try {
      // While closing nothing is tried again.
      while (!closed || (batch.isEmpty() && !waiting.isEmpty())) {
        gather(batch);
        if (!batch.isEmpty()) {
          transact(batch);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("interrupted while closing");
    } finally {
      batch.forEach(
          write -> write.durable().completeExceptionally(new CancellationException("closed")));
      if (publisher != null) {
        publisher.close(closed ? GOODBYE : Duration.ZERO);
      }
    }
  }

  private void gather(List<Write> batch) throws InterruptedException {
    long size = batch.stream().mapToLong(Write::size).sum();
    if (batch.isEmpty()) {
      Write first = waiting.poll(200, TimeUnit.MILLISECONDS);
      if (first == null) {
        return;
      }
      batch.add(first);
      size = first.size();
    }
    while (batch.size() < MOST_WRITES && size < MOST_BYTES) {
      Write next = waiting.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
      size += next.size();
    }
    batch.removeIf(Outlet::isOver);
  }

  private static boolean isOver(Write write) {
    boolean over = write.owner().isGone();
    if (over) {
      write.durable().completeExceptionally(new CancellationException("partition given up"));
    }
    return over;
  }

  private void transact(List<Write> batch) throws InterruptedException {
    ConsumerGroupMetadata as = member;
    if (as == null) {
      Thread.sleep(PAUSE.toMillis());
      return;
    }
    long begun = System.nanoTime();
    try {
      if (publisher == null) {
        publisher = opener.get();
        LOG.info("{}: incarnation {} begins", thread.getName(), publisher.incarnation());
      }
      publisher.begin();
      for (Write write : batch) {
        for (Output output : write.outputs()) {
          publisher.send(write.owner().partition(), output);
        }
      }
      publisher.commit(offsets.get(), as);
    } catch (RuntimeException e) {
      failed(e);
      return;
    }
    failures = 0;
    lease = begun + LEASE.toNanos();
    committed(new Written(publisher.incarnation(), publisher.acknowledged(), clock.instant()));
    conditions.clear("outlet");
    List<Write> done = List.copyOf(batch);
    batch.clear();
    done.forEach(write -> write.durable().complete(null));
  }

  /** Tells of the incarnation before as of a former one once the present one has written. */
  private void committed(Written now) {
    written.filter(it -> !it.incarnation().equals(now.incarnation())).ifPresent(former::add);
    written = Optional.of(now);
  }

  /** What was sent counts as never sent: numbers that were given are nobody's. */
  private void failed(RuntimeException e) throws InterruptedException {
    boolean again = publisher != null && publisher.abort(e);
    LOG.debug("{}: a transaction came to nothing", thread.getName(), e);
    failures++;
    if (!again || failures >= CONSPICUOUS) {
      show(e);
    }
    if (again) {
      Thread.sleep(PAUSE.toMillis());
      return;
    }
    if (publisher != null) {
      publisher.close(Duration.ZERO);
      publisher = null;
    }
    Thread.sleep(LONG_PAUSE.toMillis());
  }

  private void show(RuntimeException e) {
    conditions.set(
        "outlet",
        new Condition(
            FlowState.BLOCKED,
            "the local Kafka at " + brokers + " does not take transactions: " + e.getMessage(),
            "look at the brokers (transaction.state.log.* and min.insync.replicas, too) and at the"
                + " agent's permissions on transactional ids; nothing is lost meanwhile"));
  }

  /** Returns the offsets to commit of some owners: what was written down lately. */
  static Map<TopicPartition, OffsetAndMetadata> offsets(Collection<Owner> owners) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Owner owner : owners) {
      owner
          .committable()
          .forEach((place, offset) -> offsets.put(place, new OffsetAndMetadata(offset)));
    }
    return offsets;
  }
}
