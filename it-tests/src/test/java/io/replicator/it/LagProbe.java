package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;

import io.replicator.deploy.status.Bean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A lag probe knows from outside how far a queue's flow is: it writes a marked letter every quarter
 * of a second at the origin, takes all that comes out of the target, and remembers when each was
 * there by the target's own stamp. All clocks are this machine's.
 */
final class LagProbe implements AutoCloseable {
  /** Letters a second. */
  static final int RATE = 4;

  private static final String RUN = "probe";
  private static final Duration PAUSE = Duration.ofSeconds(1).dividedBy(RATE);

  /**
   * A mark is a letter of the probe's.
   *
   * @param begun when it was about to be written, in milliseconds
   * @param acknowledged when the source had it
   */
  private record Mark(String name, long begun, long acknowledged) {}

  private final Queues east;
  private final Queues west;
  private final String resource;
  private final List<Mark> marks = new ArrayList<>();
  private final Map<String, Long> arrived = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private volatile boolean writing = true;
  private volatile boolean reading = true;

  LagProbe(TwoRegions regions, String resource) {
    this.east = regions.queues(EAST);
    this.west = regions.queues(WEST);
    this.resource = resource;
    threads.add(new Thread(this::write, "probe-writer"));
    threads.add(new Thread(this::read, "probe-reader-1"));
    threads.add(new Thread(this::read, "probe-reader-2"));
    threads.forEach(Thread::start);
  }

  /** Returns how many letters the source has of the probe. */
  synchronized int written() {
    return marks.size();
  }

  /** Returns how many different letters have come, whoever's. */
  int arrived() {
    return arrived.size();
  }

  boolean has(Letter letter) {
    return arrived.containsKey(letter.name());
  }

  /** Writes no more marks. */
  void rest() throws InterruptedException {
    writing = false;
    threads.get(0).join();
  }

  /** Returns how many different letters had come at a time. */
  long arrivedBy(long millis) {
    return arrived.values().stream().filter(at -> at <= millis).count();
  }

  /** Returns how old the oldest mark was, at a time, that had not come by then; 0 if all had. */
  synchronized long lagAt(long millis) {
    return marks.stream()
        .filter(mark -> mark.begun() <= millis && !hadCome(mark, millis))
        .mapToLong(mark -> millis - mark.begun())
        .max()
        .orElse(0);
  }

  /**
   * Returns the marks that a replicated-up-to passed though they had not come when it was read:
   * there must be none.
   */
  synchronized List<String> passedOver(Instant upTo, long readMillis) {
    return marks.stream()
        .filter(mark -> mark.acknowledged() < upTo.toEpochMilli() && !hadCome(mark, readMillis))
        .map(
            mark ->
                "replicated-up-to "
                    + upTo
                    + " passed "
                    + mark
                    + ", which came at "
                    + arrived.get(mark.name())
                    + ", read at "
                    + readMillis)
        .toList();
  }

  /** Returns the marks that never came. */
  synchronized List<String> missing() {
    return marks.stream().map(Mark::name).filter(name -> !arrived.containsKey(name)).toList();
  }

  /** Takes the letters of a load for marks, too, once it has stopped. */
  synchronized void learn(Load load) {
    List<Letter> letters = load.sent();
    List<Long> begun = load.begun();
    List<Long> took = load.millis();
    for (int i = 0; i < letters.size(); i++) {
      long acknowledged = begun.get(i) + took.get(i / Load.BATCH) + 1;
      marks.add(new Mark(letters.get(i).name(), begun.get(i), acknowledged));
    }
  }

  private boolean hadCome(Mark mark, long millis) {
    return arrived.getOrDefault(mark.name(), Long.MAX_VALUE) <= millis;
  }

  private void write() {
    long due = System.nanoTime();
    for (int number = 0; writing; number++) {
      Letter letter = new Letter(RUN, number, 60);
      long begun = System.currentTimeMillis();
      try {
        east.send(TwoRegions.source(resource), letter);
      } catch (SdkException | CompletionException e) {
        failure.set(e);
        return;
      }
      synchronized (this) {
        marks.add(new Mark(letter.name(), begun, System.currentTimeMillis()));
      }
      due += PAUSE.toNanos();
      LockSupport.parkNanos(due - System.nanoTime());
    }
  }

  private void read() {
    while (reading) {
      try {
        List<Message> received = west.receive(resource, 1);
        for (Message message : received) {
          long at =
              Long.parseLong(message.attributes().get(MessageSystemAttributeName.SENT_TIMESTAMP));
          arrived.merge(Letter.read(message).name(), at, Math::min);
        }
        if (!received.isEmpty()) {
          west.delete(resource, received).join();
        }
      } catch (SdkException | CompletionException e) {
        failure.set(e);
        return;
      }
    }
  }

  /** Stops; throws what made it fail, if anything did. */
  @Override
  public void close() {
    writing = false;
    reading = false;
    for (Thread thread : threads) {
      try {
        thread.join(30_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  /**
   * A sample is what a flow's bean said at a moment.
   *
   * @param phase what went on
   * @param millis when it was read, at the latest
   * @param lag in milliseconds; -1 if it was not known
   * @param upTo empty if it was not known
   * @param pending -1 if it was not known
   * @param written how many letters the source had then
   */
  record Sample(String phase, long millis, long lag, String upTo, long pending, long written) {
    static Sample of(String phase, Bean flow, long written) {
      return new Sample(
          phase,
          System.currentTimeMillis(),
          flow.number("LagMillis"),
          flow.text("ReplicatedUpTo"),
          flow.number("PendingChanges"),
          written);
    }
  }
}
