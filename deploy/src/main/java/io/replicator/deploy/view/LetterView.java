package io.replicator.deploy.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.wire.DeadLetter;
import io.replicator.wire.DeadLetterEnd;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A letter view shows a dead letter whole, but for what it carries. */
public final class LetterView {
  private static final int MOST_VALUE = 500;

  private final ConsumerRecord<byte[], byte[]> message;
  private final DeadLetter said;
  private final Optional<DeadLetterEnd> end;

  /**
   * @param message the letter, as it stands in its topic
   * @throws IllegalArgumentException if it is none
   */
  public LetterView(ConsumerRecord<byte[], byte[]> message, Optional<DeadLetterEnd> end) {
    this.message = message;
    this.said = DeadLetter.read(message.headers());
    this.end = end;
  }

  /** Returns all of the letter, in lines. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("dead letter " + message.offset());
    end.ifPresent(
        it -> add(lines, "ended", it.verdict().word() + " by " + it.by() + " at " + it.time()));
    add(lines, "flow", said.flow().toString());
    add(lines, "key", key());
    add(lines, "time", said.time().toString());
    add(lines, "tries", Integer.toString(said.attempts()));
    add(lines, "reason", said.reason());
    add(lines, "came from", said.topic().orElse("its change topic") + " at " + said.position());
    add(lines, "payload", payloadBytes() + " bytes");
    change().forEach((name, value) -> add(lines, name, value));
    said.stack().lines().forEach(line -> lines.add("  | " + PlainText.of(line)));
    return lines;
  }

  /** Returns all of the letter as JSON. */
  public String json() {
    Map<String, Object> fields = LetterJson.fields(message.offset(), said, key(), payloadBytes());
    fields.put("change", change());
    fields.put("stack", said.stack());
    end.ifPresent(
        it ->
            fields.put(
                "ended",
                Map.of(
                    "verdict", it.verdict().word(), "by", it.by(), "time", it.time().toString())));
    return LetterJson.write(fields);
  }

  private String key() {
    return message.key() == null ? "" : new String(message.key(), UTF_8);
  }

  private long payloadBytes() {
    return message.value() == null ? 0 : message.value().length;
  }

  /** What the change said of itself, but its content. */
  private Map<String, String> change() {
    Map<String, String> fields = new LinkedHashMap<>();
    for (Header header : DeadLetter.original(message.headers())) {
      fields.put(header.key(), value(header.value()));
    }
    return fields;
  }

  private static String value(byte[] bytes) {
    if (bytes == null) {
      return "";
    }
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.length() <= MOST_VALUE && text.chars().noneMatch(Character::isISOControl)) {
        return text;
      }
    } catch (CharacterCodingException e) {
      return bytes.length + " bytes"; // no text: there is nothing to show
    }
    return bytes.length + " bytes";
  }

  private static void add(List<String> lines, String name, String value) {
    lines.add("  %-16s %s".formatted(name, PlainText.of(value)));
  }
}
