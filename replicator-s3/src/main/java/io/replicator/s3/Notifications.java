package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.model.Era;
import io.replicator.model.Hint;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifications are what a store sends when objects were written or removed: Amazon's event
 * message, which MinIO and Ceph send, too. This reads them into hints.
 *
 * <p>The format is that of "Event message structure" in Amazon's S3 user guide. Beyond it are
 * taken: event names with {@code s3:} before them, messages wrapped by SNS, and whatever fields
 * there are besides. Order is taken from nothing: stores disagree on {@code sequencer}.
 */
final class Notifications {
  private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);

  /** What is said twice, or goes on behind its end, says something that would be passed over. */
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private static final int MOST_WRAPPINGS = 3;

  /** What stores tell of that changes no object: how these events' names begin. */
  private static final List<String> CHANGE_NOTHING =
      List.of(
          "TestEvent",
          "ObjectAcl:",
          "ObjectAccessed:",
          "ObjectRestore:",
          "ObjectTransition:",
          "ObjectLifecycle:Transition",
          "ObjectSynced:",
          "LifecycleTransition",
          "IntelligentTiering",
          "Replication:",
          "ReducedRedundancyLostObject",
          "BucketCreated:",
          "BucketRemoved:",
          "Scanner:");

  /** Unknown names that are told of; more are not, for they may be anything. */
  private static final int MOST_UNKNOWN = 50;

  private static final int MOST_SHOWN = 100;

  /** In UTF-8: twice what Amazon takes. */
  private static final int LONGEST_KEY = 2_048;

  private final BucketPlan plan;
  private final Set<String> unknown = new HashSet<>();

  Notifications(BucketPlan plan) {
    this.plan = plan;
  }

  /** A message that cannot be read. */
  static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableException(String reason) {
      super(reason);
    }
  }

  /** Likewise, of a message in UTF-8. */
  List<Hint> read(byte[] message) throws UnreadableException {
    try {
      return read(UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString());
    } catch (CharacterCodingException e) {
      throw new UnreadableException("it is no UTF-8");
    }
  }

  /**
   * Reads a message; its events of other buckets, of keys that are not replicated, and of kinds
   * that change nothing give no hint. A name that is not known is logged once.
   *
   * @param message null counts as one that cannot be understood
   * @throws UnreadableException if it may tell of something and cannot be understood
   */
  List<Hint> read(String message) throws UnreadableException {
    if (message == null) {
      throw new UnreadableException("it has no body");
    }
    return read(message, MOST_WRAPPINGS);
  }

  private List<Hint> read(String message, int wrappings) throws UnreadableException {
    JsonNode root;
    try {
      root = JSON.readTree(message);
    } catch (JsonProcessingException e) {
      throw new UnreadableException("it is no JSON: " + e.getOriginalMessage());
    }
    JsonNode wrapped = root.path("Message");
    if (wrapped.isTextual() && !root.has("Records") && wrappings > 0) {
      return read(wrapped.textValue(), wrappings - 1);
    }
    if (root.path("Event").asText().endsWith("TestEvent")) {
      return List.of();
    }
    JsonNode records = root.path("Records");
    if (!records.isArray()) {
      throw new UnreadableException("it has no Records, and is no TestEvent");
    }
    List<Hint> hints = new ArrayList<>();
    for (JsonNode record : records) {
      hint(record).ifPresent(hints::add);
    }
    return hints;
  }

  private Optional<Hint> hint(JsonNode record) throws UnreadableException {
    if (!record.path("eventName").isTextual()) {
      throw new UnreadableException("one of its Records has no eventName");
    }
    String name = record.path("eventName").textValue();
    String event = name.startsWith("s3:") ? name.substring(3) : name;
    Optional<Hint.Kind> kind = kind(event);
    if (kind.isEmpty()) {
      tellIfUnknown(event);
      return Optional.empty();
    }
    JsonNode s3 = record.path("s3");
    JsonNode bucket = s3.path("bucket").path("name");
    JsonNode key = s3.path("object").path("key");
    if (!bucket.isTextual() || !key.isTextual()) {
      throw new UnreadableException("its event " + shown(name) + " names no bucket or no key");
    }
    if (!bucket.textValue().equals(plan.bucket())) {
      return Optional.empty();
    }
    Instant time = time(record.path("eventTime").asText());
    return plan.keys()
        .canonical(decoded(key.textValue()))
        .map(at -> new Hint(at, kind.get(), time));
  }

  private Optional<Hint.Kind> kind(String event) {
    if (event.startsWith("ObjectCreated:")
        || event.startsWith("ObjectTagging:")
        // How older stores of Ceph name what has become of a multipart upload.
        || event.startsWith("ObjectSynced:Create")) {
      return Optional.of(Hint.Kind.WRITTEN);
    }
    if (event.startsWith("ObjectRemoved:")) {
      return Optional.of(Hint.Kind.REMOVED);
    }
    if (event.startsWith("LifecycleExpiration:")
        || event.startsWith("ObjectLifecycle:Expiration")) {
      return Optional.of(plan.expirations() ? Hint.Kind.REMOVED : Hint.Kind.EXPIRED);
    }
    return Optional.empty();
  }

  private void tellIfUnknown(String event) {
    if (CHANGE_NOTHING.stream().anyMatch(event::startsWith)) {
      return;
    }
    synchronized (unknown) {
      if (unknown.size() >= MOST_UNKNOWN || !unknown.add(event)) {
        return;
      }
    }
    LOG.warn(
        "Events '{}' of {} are not known here and passed over; if they tell of objects that were"
            + " written or removed, run backfill for this resource",
        shown(event),
        plan);
  }

  /** Form encoding, as {@link java.net.URLDecoder} has it, which makes up what is no UTF-8. */
  private static String decoded(String key) throws UnreadableException {
    try {
      ByteBuffer encoded = UTF_8.newEncoder().encode(CharBuffer.wrap(key));
      ByteBuffer plain = ByteBuffer.allocate(encoded.remaining());
      while (encoded.hasRemaining()) {
        byte next = encoded.get();
        plain.put(next == '%' ? hex(encoded) : next == '+' ? (byte) ' ' : next);
      }
      String decoded = UTF_8.newDecoder().decode(plain.flip()).toString();
      if (decoded.isEmpty() || plain.limit() > LONGEST_KEY) {
        throw new UnreadableException("no object has the key '" + shown(key) + "'");
      }
      return decoded;
    } catch (CharacterCodingException | BufferUnderflowException | NumberFormatException e) {
      throw new UnreadableException("the key '" + shown(key) + "' is not form-encoded UTF-8");
    }
  }

  private static byte hex(ByteBuffer encoded) {
    int high = HexFormat.fromHexDigit(encoded.get());
    return (byte) ((high << 4) | HexFormat.fromHexDigit(encoded.get()));
  }

  private static Instant time(String text) throws UnreadableException {
    try {
      return Era.checked(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new UnreadableException("'" + shown(text) + "' is no time");
    }
  }

  /** What stands in a message may be long. */
  private static String shown(String text) {
    return text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text;
  }
}
