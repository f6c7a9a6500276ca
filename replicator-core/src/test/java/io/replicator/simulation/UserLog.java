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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A log of what users wrote, in order; it is read from the position that was written down last,
 * before which all is durable elsewhere.
 */
final class UserLog {
  private static final Duration HOLD = Duration.ofDays(30);
  private static final int MOST = 6;

  private final Clockwork clockwork;
  private final List<Change> entries = new ArrayList<>();
  private int written;

  UserLog(Clockwork clockwork) {
    this.clockwork = clockwork;
  }

  void add(Change change) {
    entries.add(change);
  }

  /**
   * Returns the door through which a process reads.
   *
   * @param delivered is told what was read
   */
  Door.Changes door(Life life, Consumer<Change> delivered) {
    return sink -> {
      Reader reader = new Reader(life, sink, delivered);
      reader.asks();
      return reader;
    };
  }

  private final class Reader implements ChangeSource {
    private final Life life;
    private final ChangeSink sink;
    private final Consumer<Change> delivered;
    private final List<Boolean> durable = new ArrayList<>();
    private final int first = written;
    private int read = written;
    private int position = written;
    private Optional<Instant> end = Optional.empty();
    private boolean closed;

    Reader(Life life, ChangeSink sink, Consumer<Change> delivered) {
      this.life = life;
      this.sink = sink;
      this.delivered = delivered;
    }

    void asks() {
      sink.ready()
          .whenComplete(
              (ready, failure) -> {
                if (failure == null) {
                  clockwork.after(clockwork.soon(), life, this::reads);
                }
              });
    }

    private void reads() {
      if (closed) {
        return;
      }
      life.speaks();
      for (int i = 1 + clockwork.below(MOST); i > 0 && read < entries.size(); i--) {
        offers(read++);
      }
      if (read == entries.size()) {
        end = Optional.of(clockwork.instant());
      }
      asks();
    }

    private void offers(int entry) {
      durable.add(false);
      delivered.accept(entries.get(entry));
      sink.offer(entries.get(entry))
          .whenComplete(
              (done, failure) -> {
                if (failure == null) {
                  durable.set(entry - first, true);
                  while (position < read && durable.get(position - first)) {
                    position++;
                  }
                  writes(position);
                }
              });
    }

    private void writes(int reached) {
      clockwork.after(
          clockwork.soon(),
          life,
          () -> {
            life.speaks();
            written = Math.max(written, reached);
          });
    }

    @Override
    public SourceStatus status() {
      Optional<Instant> upTo =
          position < read ? Optional.of(entries.get(position).time()) : reached();
      return new SourceStatus(
          upTo, OptionalLong.empty(), Optional.empty(), HOLD, Condition.RUNNING);
    }

    /** Returns the time of the end when it was seen last, or else of the next entry. */
    private Optional<Instant> reached() {
      return read < entries.size() ? Optional.of(entries.get(read).time()) : end;
    }

    @Override
    public void close() {
      closed = true;
      written = Math.max(written, position);
    }
  }
}
