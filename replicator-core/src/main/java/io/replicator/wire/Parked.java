package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A parked change: a record of a change topic that waits in the flow's parking topic, whole, with
 * what is known of the failure.
 *
 * <p>Its record's key is its place, {@code <topic>/<partition>/<offset>} of the record it came
 * from. Its value is the original value behind one byte, 1, or the byte 0 alone where there was
 * none, so that it is never null. Its headers are the original ones and {@code pk_*}. A record of
 * the same key without value ends it; {@code pk_key} tells there, too, whose change it was.
 */
public final class Parked {
  /** The format that this version writes. */
  public static final int FORMAT = 1;

  /** The place of a dead letter that is replayed begins so. */
  public static final String DEAD_LETTER = "dead-letter/";

  private static final String OURS = "pk_";
  private static final String KEY = "pk_key";
  private static final int MOST_REASON = 4_000;

  private final String place;
  private final byte[] key;
  private final byte[] value;
  private final Headers headers;
  private final Failure failure;

  /**
   * Why a change was parked.
   *
   * @param reason of the last attempt
   * @param attempts how often it was tried until then
   * @param time when it was parked
   * @param upTo replicated-up-to when it was parked, which cannot pass it; empty if that had passed
   *     it already, as with a dead letter that is replayed
   */
  public record Failure(String reason, int attempts, Instant time, Optional<Instant> upTo) {}

  private Parked(String place, byte[] key, byte[] value, Headers headers, Failure failure) {
    this.place = place;
    this.key = key;
    this.value = value;
    this.headers = headers;
    this.failure = failure;
  }

  /**
   * Parks a record.
   *
   * @param place unique, from {@link #place}
   * @param key of the original record; may be null
   * @param value likewise
   * @param original headers
   */
  public static Parked of(
      String place, byte[] key, byte[] value, Headers original, Failure failure) {
    return new Parked(place, key, value, stripped(original), failure);
  }

  /** Returns the place of a record. */
  public static String place(String topic, int partition, long offset) {
    return topic + "/" + partition + "/" + offset;
  }

  /** Returns the format of a record of a parking topic; 0 if it names none. */
  public static int format(Headers headers) {
    try {
      return text(headers, "pk_format").map(Integer::parseInt).orElse(0);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Reads a record of a parking topic that has a value.
   *
   * @throws IllegalArgumentException if it holds no parked change in a form that is known here
   */
  public static Parked read(Headers headers, byte[] recordKey, byte[] recordValue) {
    if (format(headers) != FORMAT || recordKey == null || recordValue.length == 0) {
      throw new IllegalArgumentException("no parked change of format " + FORMAT);
    }
    boolean empty = recordValue[0] == 0;
    if (empty ? recordValue.length > 1 : recordValue[0] != 1) {
      throw new IllegalArgumentException("the value does not begin with 1, nor is it 0");
    }
    try {
      return new Parked(
          new String(recordKey, UTF_8),
          key(headers).orElse(null),
          empty ? null : Arrays.copyOfRange(recordValue, 1, recordValue.length),
          stripped(headers),
          new Failure(
              text(headers, "pk_reason").orElse(""),
              text(headers, "pk_attempts").map(Integer::parseInt).orElse(0),
              text(headers, "pk_time").map(Instant::parse).orElse(Instant.EPOCH),
              text(headers, "pk_upto").map(Instant::parse)));
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new IllegalArgumentException("a pk_ header: " + e.getMessage(), e);
    }
  }

  /** Returns the original key that a record of a parking topic names, an ending one's, too. */
  public static Optional<byte[]> key(Headers headers) {
    return Optional.ofNullable(headers.lastHeader(KEY)).map(Header::value);
  }

  /** Returns the headers of the record without value that ends a parked change. */
  public static Headers ending(byte[] key) {
    Headers headers = new RecordHeaders();
    headers.add("pk_format", Integer.toString(FORMAT).getBytes(UTF_8));
    headers.add(KEY, key);
    return headers;
  }

  /** Returns where the change came from, which tells it from every other. */
  public String place() {
    return place;
  }

  /** Returns the original record's key; may be null. */
  public byte[] key() {
    return key;
  }

  /** Returns the original record's value; may be null. */
  public byte[] value() {
    return value;
  }

  /** Returns the original record's headers. */
  public Headers headers() {
    return headers;
  }

  public Failure failure() {
    return failure;
  }

  /** Returns the key of the record that it is in the parking topic. */
  public byte[] recordKey() {
    return place.getBytes(UTF_8);
  }

  /** Returns the value of that record; never null. */
  public byte[] recordValue() {
    if (value == null) {
      return new byte[] {0};
    }
    byte[] whole = new byte[value.length + 1];
    whole[0] = 1;
    System.arraycopy(value, 0, whole, 1, value.length);
    return whole;
  }

  /** Returns the headers of that record. */
  public Headers recordHeaders() {
    Headers all = new RecordHeaders(headers.toArray());
    put(all, "pk_format", Integer.toString(FORMAT));
    all.add(KEY, key);
    put(all, "pk_reason", shortened(failure.reason()));
    put(all, "pk_attempts", Integer.toString(failure.attempts()));
    put(all, "pk_time", failure.time().toString());
    failure.upTo().ifPresent(upTo -> put(all, "pk_upto", upTo.toString()));
    return all;
  }

  private static Headers stripped(Headers headers) {
    Headers original = new RecordHeaders();
    for (Header header : headers) {
      if (!header.key().startsWith(OURS)) {
        original.add(header);
      }
    }
    return original;
  }

  private static String shortened(String reason) {
    return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + "…";
  }

  private static void put(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  private static Optional<String> text(Headers headers, String name) {
    return Optional.ofNullable(headers.lastHeader(name))
        .map(Header::value)
        .map(value -> new String(value, UTF_8));
  }
}
