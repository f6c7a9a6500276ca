package io.replicator.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import io.replicator.wire.DeadLetter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A letter is one dead letter as it stands in its topic, without what it carries.
 *
 * @param id its offset, by which an operator names it
 * @param said what is known of the failure, without the stack
 * @param key the change's; empty where the record had none
 * @param payloadBytes the size of what it carries
 * @param written when the change was written at its origin; empty where that cannot be read
 */
public record Letter(
    long id, DeadLetter said, String key, long payloadBytes, Optional<Instant> written) {

  /**
   * Reads a record of the topic.
   *
   * @throws IllegalArgumentException if it is no dead letter that this version can read
   */
  static Letter of(ConsumerRecord<byte[], byte[]> message) {
    DeadLetter said = DeadLetter.read(message.headers());
    return new Letter(
        message.offset(),
        // Many letters are held at once, and only one is shown whole.
        new DeadLetter(
            said.flow(),
            said.topic(),
            said.position(),
            said.attempts(),
            said.reason(),
            "",
            said.time()),
        message.key() == null ? "" : new String(message.key(), UTF_8),
        message.value() == null ? 0 : message.value().length,
        written(message.headers().lastHeader("ce_time")));
  }

  private static Optional<Instant> written(Header time) {
    try {
      return time == null
          ? Optional.empty()
          : Optional.of(Instant.parse(new String(time.value(), UTF_8)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** Returns the flow that set it aside. */
  public Flow flow() {
    return said.flow();
  }
}
