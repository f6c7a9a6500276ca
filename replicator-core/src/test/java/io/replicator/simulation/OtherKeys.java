package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.wire.Decoded;
import io.replicator.wire.WireFormat;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Other keys make each change of a key look like one of a key of its own, and like itself again.
 */
final class OtherKeys {
  private static final Flow ANY = Flow.parse("sqs/any@any");

  private OtherKeys() {}

  static ConsumerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> written) {
    Decoded.Captured captured =
        (Decoded.Captured) WireFormat.decode(written.headers(), written.key(), written.value());
    Change change = withKey(captured.change(), captured.change().key() + "#" + written.offset());
    byte[] key = change.key().getBytes(UTF_8);
    return new ConsumerRecord<>(
        written.topic(),
        written.partition(),
        written.offset(),
        written.timestamp(),
        written.timestampType(),
        key.length,
        written.serializedValueSize(),
        key,
        written.value(),
        WireFormat.encode(ANY, change, captured.stamp()),
        Optional.empty());
  }

  static Change back(Change change) {
    return withKey(change, change.key().substring(0, change.key().indexOf('#')));
  }

  private static Change withKey(Change change, String key) {
    return new Change(
        change.id(),
        key,
        change.kind(),
        change.time(),
        change.version(),
        change.base(),
        change.attributes(),
        change.payload());
  }
}
