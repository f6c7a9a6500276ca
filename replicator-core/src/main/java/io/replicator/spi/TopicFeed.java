package io.replicator.spi;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A topic feed gives a store the records of a topic of the region's own Kafka, for stores that send
 * their notifications there.
 */
public interface TopicFeed {
  /**
   * Begins to hand on the records of a topic, on a thread of the feed's own, which must not be
   * blocked. What was handed on before a crash and had not completed comes again.
   *
   * @param handler takes a record's value; its stage completes when that is done with, and never
   *     exceptionally for what the value holds
   * @return closes the feed; its condition tells whether the topic can be read
   */
  Reading read(String topic, Function<byte[], CompletionStage<Void>> handler);

  /** A topic that is being read. */
  interface Reading extends AutoCloseable {
    /** Returns what the feed knows now; {@code deliveredUpTo} by the brokers' clock. */
    SourceStatus status();

    /** Takes what was lost of the topic as lost: it is told no longer. */
    void acceptGap();

    @Override
    void close();
  }
}
