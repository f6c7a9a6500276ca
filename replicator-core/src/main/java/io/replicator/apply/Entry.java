package io.replicator.apply;

import io.replicator.wire.Decoded;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * An entry is one record of the change topic on its way through a lane. Its fields are guarded by
 * the lane.
 */
final class Entry {
  final ConsumerRecord<byte[], byte[]> message;
  final Decoded decoded;
  int attempts;
  boolean done;

  /** Whether it failed for something that the target lacks; so it is until it is done. */
  boolean lacks;

  Entry(ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    this.message = message;
    this.decoded = decoded;
  }

  /** Returns the bytes that are to be applied. */
  long size() {
    return decoded instanceof Decoded.Captured captured ? captured.change().size() : 0;
  }

  /** Returns the bytes that it takes of the memory, roughly. */
  long bytes() {
    long bytes = 512L + Math.max(0, message.serializedValueSize());
    for (var header : message.headers()) {
      bytes += 48L + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
