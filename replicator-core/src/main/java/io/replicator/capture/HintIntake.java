package io.replicator.capture;

import io.replicator.model.Hint;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.spi.TopicFeed;
import io.replicator.wire.HintForm;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/**
 * The intake of hints: a capture whose changes are hints, on their way to a local topic in which
 * they are settled. So a hint is as sure, as numbered and as measured as a change.
 */
public final class HintIntake implements HintSink {
  private final Capture capture;
  private final InstantSource clock;

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
              return source.status();
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
  public CompletionStage<Void> offer(Hint hint) {
    return capture.offer(HintForm.encode(hint));
  }

  @Override
  public CompletionStage<Void> listing(String listing, boolean complete) {
    return capture.offerEverywhere(HintForm.encodeListing(listing, complete, clock.instant()));
  }
}
