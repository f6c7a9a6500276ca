package io.replicator.settle;

import io.replicator.model.Version;
import io.replicator.wire.Decoded;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** An entry is one record of an input on its way through its owner, which guards its fields. */
final class Entry {
  final Input input;
  final ConsumerRecord<byte[], byte[]> message;
  final Decoded decoded;
  int attempts;
  Instant goneSince;
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

  long bytes() {
    long bytes = 512L + Math.max(0, message.serializedValueSize());
    for (var header : message.headers()) {
      bytes += 48L + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
