package io.replicator.apply;

import io.replicator.wire.Decoded;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * An entry is one record of the change topic on its way through a lane, or one that came out of
 * parking. Its fields are guarded by the lane.
 */
final class Entry {
  final ConsumerRecord<byte[], byte[]> message;
  final Decoded decoded;

  /** Which of the parked changes it is; empty if it comes from the change topic. */
  final Optional<Ticket> ticket;

  Tries tries = new Tries();

  volatile boolean done;

  /** Whether it failed and is kept; so it is until it is done. */
  boolean lacks;

  Entry(ConsumerRecord<byte[], byte[]> message, Decoded decoded) {
    this(message, decoded, null);
  }

  /**
   * @param ticket null for an entry that comes from the change topic
   */
  Entry(ConsumerRecord<byte[], byte[]> message, Decoded decoded, Ticket ticket) {
    this.message = message;
    this.decoded = decoded;
    this.ticket = Optional.ofNullable(ticket);
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
