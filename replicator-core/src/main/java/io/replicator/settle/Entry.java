package io.replicator.settle;

import io.replicator.wire.Decoded;
import java.time.Instant;
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
