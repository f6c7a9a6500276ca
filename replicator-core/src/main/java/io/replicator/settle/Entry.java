package io.replicator.settle;

import io.replicator.model.Hint;
import io.replicator.model.Version;
import io.replicator.wire.Decoded;
import io.replicator.wire.HintForm;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** An entry is one record of an input on its way through its owner, which guards its fields. */
final class Entry {
  /** So long a body that is gone from its origin is waited for to be followed by a later change. */
  private static final Duration GONE = Duration.ofMinutes(10);

  final Input input;
  final ConsumerRecord<byte[], byte[]> message;
  final Decoded decoded;
  int attempts;
  private Instant goneSince;
  boolean begun;
  boolean done;

  Entry(Input input, ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    this.input = input;
    this.message = message;
    this.decoded = decoded;
  }

  /** Returns the key that it is about; its place where it cannot be read. */
  String key() {
    return decoded instanceof Decoded.Captured captured ? captured.change().key() : place();
  }

  /** Tells whether it is a hint that has its key looked at and says nothing else. */
  boolean isLook() {
    return input.inflow().isHints()
        && decoded instanceof Decoded.Captured captured
        && HintForm.kind(captured.change())
            .filter(kind -> kind == Hint.Kind.WRITTEN || kind == Hint.Kind.LISTED)
            .isPresent();
  }

  /** Takes note that its body is gone; tells whether that was so for long enough. */
  boolean isGoneForLong(Instant now) {
    if (goneSince == null) {
      goneSince = now;
    }
    return now.isAfter(goneSince.plus(GONE));
  }

  /** Tells whether it is about a later version than another; a replay brings older ones again. */
  boolean isNewerThan(Entry other) {
    return version().isPresent()
        && other.version().filter(version -> version.compareTo(version().get()) < 0).isPresent();
  }

  private Optional<Version> version() {
    return decoded instanceof Decoded.Captured captured
        ? captured.change().version()
        : Optional.empty();
  }

  /** Returns where it stands. */
  String place() {
    return message.topic() + "-" + message.partition() + "@" + message.offset();
  }

  /** Returns what is wrong with a record that cannot be read. */
  String unreadable() {
    return "record " + place() + " cannot be read: " + ((Decoded.Unreadable) decoded).reason();
  }

  long bytes() {
    long bytes = 512L + Math.max(0, message.serializedValueSize());
    for (var header : message.headers()) {
      bytes += 48L + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
