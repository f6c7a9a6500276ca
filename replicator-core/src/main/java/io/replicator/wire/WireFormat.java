package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Era;
import io.replicator.model.Flow;
import io.replicator.model.Version;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The wire format turns changes and heartbeats into Kafka headers and back.
 *
 * <p>CloudEvents 1.0, Kafka protocol binding, binary mode; the record's key is the change's key in
 * UTF-8 and its value the payload. The extension {@code ce_checksum} is the CRC-32C, in
 * hexadecimal, of key, value and all {@code ce_*} and {@code x-*} headers but itself in the order
 * of their names, each preceded by its length; headers of other tools are not part of it.
 */
public final class WireFormat {
  /** The format that this version writes. */
  public static final int FORMAT = 1;

  /** Holds a change, its payload in the record's value. */
  public static final String UPSERT = "io.replicator.change.upsert";

  /** Holds a delete. */
  public static final String DELETE = "io.replicator.change.delete";

  /** Holds a heartbeat. */
  public static final String HEARTBEAT = "io.replicator.heartbeat";

  private static final String ATTRIBUTE = "x-";
  private static final String CHECKSUM = "ce_checksum";
  private static final byte[] EMPTY = {};

  /** The longest that a capture's word can count after it fell silent. */
  private static final long MOST_HOLD = Duration.ofDays(3_650).toMillis();

  /** Reasons go to logs: what a broken record holds may be long. */
  private static final int MOST_REASON = 300;

  private WireFormat() {}

  /** Returns the headers of a change; the record's key and value are its key and payload. */
  public static Headers encode(Flow flow, Change change, Stamp stamp) {
    Headers headers =
        envelope(flow, change.kind() == Change.Kind.UPSERT ? UPSERT : DELETE, change.id());
    put(headers, "ce_subject", change.key());
    put(headers, "ce_time", change.time().toString());
    put(headers, "ce_incarnation", stamp.incarnation());
    put(headers, "ce_sequence", Long.toString(stamp.sequence()));
    change.version().ifPresent(version -> put(headers, "ce_version", version.toString()));
    change.base().ifPresent(base -> put(headers, "ce_base", base.toString()));
    if (change.isRepair()) {
      put(headers, "ce_repair", "true");
    }
    change.attributes().forEach((name, value) -> headers.add(ATTRIBUTE + name, value));
    put(headers, CHECKSUM, checksum(headers, change.key().getBytes(UTF_8), change.payload()));
    return headers;
  }

  /** Returns the headers of a heartbeat; the record has no key and an empty value. */
  public static Headers encode(Flow flow, Heartbeat heartbeat) {
    Stamp last = heartbeat.last();
    Headers headers =
        envelope(flow, HEARTBEAT, last.incarnation() + "/" + heartbeat.sent().toEpochMilli());
    put(headers, "ce_time", heartbeat.sent().toString());
    put(headers, "ce_incarnation", last.incarnation());
    put(headers, "ce_sequence", Long.toString(last.sequence()));
    heartbeat.upTo().ifPresent(upTo -> put(headers, "ce_upto", upTo.toString()));
    put(headers, "ce_hold", Long.toString(heartbeat.hold().toMillis()));
    put(headers, "ce_closing", Boolean.toString(heartbeat.closing()));
    put(headers, "ce_topicid", heartbeat.topicId());
    put(headers, CHECKSUM, checksum(headers, EMPTY, EMPTY));
    return headers;
  }

  /**
   * Reads a record of a change topic; key and value may be null. Never throws for what the record
   * holds.
   */
  public static Decoded decode(Headers headers, byte[] key, byte[] value) {
    try {
      long format = number(headers, "ce_format");
      if (format > FORMAT) {
        return new Decoded.Newer((int) Math.min(format, Integer.MAX_VALUE));
      }
      if (format < 1) {
        return unreadable("format number " + format);
      }
      byte[] payload = value == null ? EMPTY : value;
      String expected = checksum(headers, key == null ? EMPTY : key, payload);
      if (!expected.equals(text(headers, CHECKSUM))) {
        return unreadable("checksum is not " + expected + ": the record was damaged");
      }
      String type = text(headers, "ce_type");
      return switch (type) {
        case UPSERT -> change(headers, Change.Kind.UPSERT, key, payload);
        case DELETE -> change(headers, Change.Kind.DELETE, key, payload);
        case HEARTBEAT -> heartbeat(headers);
        default -> unreadable("unknown type " + type);
      };
    } catch (MalformedException | IllegalArgumentException | DateTimeParseException e) {
      return unreadable(e.getMessage());
    }
  }

  private static Decoded unreadable(String reason) {
    String line = reason.replaceAll("\\p{Cntrl}", "?");
    return new Decoded.Unreadable(
        line.length() <= MOST_REASON ? line : line.substring(0, MOST_REASON) + "…");
  }

  private static Decoded change(Headers headers, Change.Kind kind, byte[] key, byte[] payload)
      throws MalformedException {
    String subject = text(headers, "ce_subject");
    if (key == null || !Arrays.equals(key, subject.getBytes(UTF_8))) {
      throw new MalformedException("the record's key is not its ce_subject");
    }
    SortedMap<String, byte[]> attributes = new TreeMap<>();
    for (Header header : headers) {
      if (header.key().startsWith(ATTRIBUTE)) {
        // To the checksum none is an empty one, so it must be one here, too.
        attributes.put(
            header.key().substring(ATTRIBUTE.length()),
            header.value() == null ? EMPTY : header.value());
      }
    }
    return new Decoded.Captured(
        new Change(
            text(headers, "ce_id"),
            subject,
            kind,
            time(text(headers, "ce_time")),
            optional(headers, "ce_version").map(Version::parse),
            optional(headers, "ce_base").map(Version::parse),
            attributes,
            payload,
            optional(headers, "ce_repair").filter("true"::equals).isPresent()),
        new Stamp(text(headers, "ce_incarnation"), positive(headers, "ce_sequence")));
  }

  private static Decoded heartbeat(Headers headers) throws MalformedException {
    return new Decoded.Beat(
        new Heartbeat(
            new Stamp(text(headers, "ce_incarnation"), number(headers, "ce_sequence")),
            time(text(headers, "ce_time")),
            optional(headers, "ce_upto").map(WireFormat::time),
            hold(number(headers, "ce_hold")),
            text(headers, "ce_closing").equals("true"),
            text(headers, "ce_topicid")));
  }

  private static Instant time(String text) {
    return Era.checked(Instant.parse(text));
  }

  private static Duration hold(long millis) throws MalformedException {
    if (millis < 0 || millis > MOST_HOLD) {
      throw new MalformedException("header ce_hold is no time to hold on: " + millis);
    }
    return Duration.ofMillis(millis);
  }

  private static Headers envelope(Flow flow, String type, String id) {
    Headers headers = new RecordHeaders();
    put(headers, "ce_specversion", "1.0");
    put(headers, "ce_format", Integer.toString(FORMAT));
    put(headers, "ce_type", type);
    put(headers, "ce_source", "/replicator/" + flow.origin() + "/" + flow.resource());
    put(headers, "ce_id", id);
    put(headers, "ce_origin", flow.origin().name());
    return headers;
  }

  private static String checksum(Headers headers, byte[] key, byte[] value) {
    SortedMap<String, byte[]> covered = new TreeMap<>();
    for (Header header : headers) {
      String name = header.key();
      if ((name.startsWith("ce_") || name.startsWith(ATTRIBUTE)) && !name.equals(CHECKSUM)) {
        covered.put(name, header.value() == null ? EMPTY : header.value());
      }
    }
    CRC32C crc = new CRC32C();
    update(crc, key);
    update(crc, value);
    covered.forEach(
        (name, content) -> {
          update(crc, name.getBytes(UTF_8));
          update(crc, content);
        });
    return Long.toHexString(crc.getValue());
  }

  private static void update(CRC32C crc, byte[] content) {
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, content.length));
    crc.update(content);
  }

  private static void put(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  private static String text(Headers headers, String name) throws MalformedException {
    return optional(headers, name)
        .orElseThrow(() -> new MalformedException("header " + name + " is missing"));
  }

  private static Optional<String> optional(Headers headers, String name) throws MalformedException {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(header.value())).toString());
    } catch (CharacterCodingException e) {
      throw new MalformedException("header " + name + " is not UTF-8");
    }
  }

  private static long number(Headers headers, String name) throws MalformedException {
    String text = text(headers, name);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new MalformedException("header " + name + " is no number: " + text);
    }
  }

  private static long positive(Headers headers, String name) throws MalformedException {
    long number = number(headers, name);
    if (number < 1) {
      throw new MalformedException("header " + name + " is not positive: " + number);
    }
    return number;
  }

  private static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }
}
