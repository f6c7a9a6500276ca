package io.replicator.capture;

import io.replicator.model.Hint;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.spi.TopicFeed;
import io.replicator.wire.HintForm;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The intake of hints: a capture whose changes are hints, on their way to a local topic in which
 * they are settled. So a hint is as sure, as numbered and as measured as a change.
 */
public final class HintIntake implements HintSink {
  /** More than two heartbeats. */
  private static final Duration SAID = Duration.ofMillis(2_500);

  private static final Set<Hint.Kind> NEWS =
      EnumSet.of(Hint.Kind.WRITTEN, Hint.Kind.REMOVED, Hint.Kind.EXPIRED);

  private final Capture capture;
  private final InstantSource clock;
  private Optional<Late> late = Optional.empty();
  private Instant said = Instant.MIN;

  /** The earliest of what came late, until it was said often enough. */
  private record Late(Instant time, long endNanos) {
    boolean isOver() {
      return System.nanoTime() - endNanos > 0;
    }
  }

  /**
   * @param capture that writes to the topic of hints
   */
  public HintIntake(Capture capture, InstantSource clock) {
    this.capture = capture;
    this.clock = clock;
  }

  /** Begins to take hints from a door. */
  public void start(Door.Hints door, TopicFeed topics) {
    capture.start(
        changes -> {
          HintSource source = door.open(this, topics);
          return new ChangeSource() {
            @Override
            public SourceStatus status() {
              return bounded(source.status());
            }

            @Override
            public void acceptGap() {
              source.acceptGap();
            }

            @Override
            public void close() {
              source.close();
            }
          };
        });
  }

  @Override
  public CompletionStage<Void> ready() {
    return capture.ready();
  }

  @Override
  public InstantSource clock() {
    return capture.clock();
  }

  @Override
  public CompletionStage<Void> offer(Hint hint) {
    note(hint);
    return capture.offer(HintForm.encode(hint));
  }

  @Override
  public CompletionStage<Void> listing(String listing, boolean complete) {
    return capture.offerEverywhere(HintForm.encodeListing(listing, complete, clock.instant()));
  }

  /** What was only listed bears the object's own time, however old: nobody delivered it late. */
  private synchronized void note(Hint hint) {
    if (NEWS.contains(hint.kind()) && hint.time().isBefore(said)) {
      Instant time =
          late.filter(it -> !it.isOver())
              .map(Late::time)
              .filter(hint.time()::isAfter)
              .orElse(hint.time());
      late = Optional.of(new Late(time, System.nanoTime() + SAID.toNanos()));
    }
  }

  /**
   * A hint of an earlier time than was said already, from a store whose clock was set back or that
   * was slow to tell, takes back what was said: the next heartbeats stand behind it, and whoever
   * reads them knows that it may not be settled yet.
   */
  private synchronized SourceStatus bounded(SourceStatus status) {
    late = late.filter(it -> !it.isOver());
    Optional<Instant> upTo =
        status.deliveredUpTo().map(time -> late.map(Late::time).filter(time::isAfter).orElse(time));
    upTo.ifPresent(time -> said = time);
    return new SourceStatus(
        upTo, status.waiting(), status.retention(), status.hold(), status.condition());
  }
}
