package io.replicator.simulation;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A queue that users send to: of a key's messages the later ones are received no sooner than the
 * earlier ones are; what is received and not deleted comes again.
 */
final class UserQueue {
  private static final Duration VISIBILITY = Duration.ofSeconds(30);

  /**
   * A process that Kafka does not answer keeps what it has received out of others' sight, for as
   * long as that lasts: nobody knows how long that is, but in this world.
   */
  private static final Duration HOLD = VISIBILITY.plus(World.LONGEST_OUTAGE);

  private static final int MOST = 6;

  private static final class Message {
    private final Change change;
    private Optional<Receiver> receiver = Optional.empty();
    private long visible;
    private boolean delivered;
    private boolean deleted;

    Message(Change change) {
      this.change = change;
    }
  }

  private final Clockwork clockwork;
  private final Faults faults;
  private final List<Message> messages = new ArrayList<>();

  UserQueue(Clockwork clockwork, Faults faults) {
    this.clockwork = clockwork;
    this.faults = faults;
  }

  void send(Change change) {
    messages.add(new Message(change));
  }

  /**
   * Returns the door through which a process receives.
   *
   * @param delivered is told what was received
   */
  Door.Changes door(Life life, Consumer<Change> delivered) {
    return sink -> {
      Receiver receiver = new Receiver(life, sink, delivered);
      receiver.asks();
      return receiver;
    };
  }

  private List<Message> receive(Receiver receiver) {
    List<Message> received = new ArrayList<>();
    Set<String> held = new HashSet<>();
    int most = 1 + clockwork.below(MOST);
    for (Message message : messages) {
      String key = message.change.key();
      if (message.deleted || held.contains(key) || received.size() == most) {
        continue;
      }
      if (message.receiver.isPresent() || message.visible > clockwork.nanos()) {
        held.add(key);
      } else {
        message.receiver = Optional.of(receiver);
        message.delivered = true;
        received.add(message);
      }
    }
    return received;
  }

  private void giveBack(Message message, Duration invisible) {
    message.receiver = Optional.empty();
    message.visible = clockwork.nanos() + invisible.toNanos();
  }

  /** A receiver of one process, which keeps invisible what it has received while it lives. */
  private final class Receiver implements ChangeSource {
    private final Life life;
    private final ChangeSink sink;
    private final Consumer<Change> delivered;
    private final List<Message> unacknowledged = new ArrayList<>();
    private Optional<Instant> empty = Optional.empty();
    private boolean closed;

    Receiver(Life life, ChangeSink sink, Consumer<Change> delivered) {
      this.life = life;
      this.sink = sink;
      this.delivered = delivered;
      life.whenOver(
          () ->
              messages.stream()
                  .filter(message -> message.receiver.filter(it -> it == this).isPresent())
                  .forEach(message -> giveBack(message, clockwork.upTo(VISIBILITY))));
    }

    void asks() {
      sink.ready()
          .whenComplete(
              (ready, failure) -> {
                if (failure == null) {
                  clockwork.after(clockwork.soon(), life, this::receives);
                }
              });
    }

    private void receives() {
      if (closed) {
        return;
      }
      List<Message> received = receive(this);
      received.forEach(message -> delivered.accept(message.change));
      life.speaks();
      if (received.isEmpty() && messages.stream().allMatch(message -> message.delivered)) {
        empty = Optional.of(clockwork.instant());
      }
      unacknowledged.addAll(received);
      received.forEach(this::offers);
      asks();
    }

    private void offers(Message message) {
      sink.offer(message.change)
          .whenComplete(
              (durable, failure) -> {
                unacknowledged.remove(message);
                if (failure == null) {
                  acknowledges(message);
                } else {
                  giveBack(message, Duration.ZERO);
                }
              });
    }

    private void acknowledges(Message message) {
      life.speaks();
      clockwork.after(
          clockwork.soon(),
          () -> {
            if (clockwork.chance(faults.lostWord())) {
              giveBack(message, VISIBILITY);
            } else {
              message.deleted = true;
            }
          });
    }

    @Override
    public SourceStatus status() {
      // A queue knows more here than any does elsewhere: what waits behind another of its key.
      // Where that is delivered late, no T can be exact.
      Optional<Instant> oldest =
          Stream.concat(
                  unacknowledged.stream(), messages.stream().filter(message -> !message.delivered))
              .map(message -> message.change.time())
              .min(Instant::compareTo);
      return new SourceStatus(
          oldest.or(() -> empty), OptionalLong.empty(), Optional.empty(), HOLD, Condition.RUNNING);
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
