package io.replicator.deploy.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.wire.DeadLetter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The JSON in which dead letters are printed. */
final class LetterJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private LetterJson() {}

  /** Returns what is printed of every letter; more may be added. */
  static Map<String, Object> fields(long id, DeadLetter said, String key, long payloadBytes) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", id);
    fields.put("time", said.time().toString());
    fields.put("flow", said.flow().toString());
    fields.put("key", key);
    fields.put("tries", said.attempts());
    fields.put("reason", said.reason());
    fields.put("topic", said.topic().orElse(null));
    fields.put("position", said.position());
    fields.put("payloadBytes", payloadBytes);
    return fields;
  }

  static String write(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
