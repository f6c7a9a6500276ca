package io.replicator.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;

/** An output is one record that an owner wants to be durable, together with others. */
sealed interface Output {
  /** Returns about how much it adds to a transaction, in bytes. */
  long size();

  /** Tells the other regions of a change. */
  record Told(Change change) implements Output {
    @Override
    public long size() {
      return change.size();
    }
  }

  /** Keeps something in the ledger. */
  record Kept(LedgerRecord content) implements Output {
    @Override
    public long size() {
      return (long) content.key().length + content.value().length;
    }
  }

  /**
   * Says in the owner's partition of the region's own change topic how far the hints are settled.
   *
   * @param closing whether it is the owner's last word
   */
  record Beat(Instant now, Optional<Instant> upTo, boolean closing) implements Output {
    /** A new owner speaks for the same hints at once: nobody need hold on to a dead one's word. */
    static final Duration HOLD = Duration.ZERO;

    @Override
    public long size() {
      return 256;
    }
  }

  /** Says in the owner's partition of a parking topic that a change needs to wait no longer. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ended(String topic, byte[] key, Headers headers) implements Output {
    @Override
    public long size() {
      return 128L + key.length;
    }
  }

  /** Puts a record into another topic of the region: a dead letter, a conflict. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Aside(String topic, byte[] key, byte[] value, Headers headers) implements Output {
    @Override
    public long size() {
      return 1_024L + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }

    static byte[] text(String text) {
      return text.getBytes(UTF_8);
    }
  }
}
