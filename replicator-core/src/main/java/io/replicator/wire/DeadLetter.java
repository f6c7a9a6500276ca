package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A dead letter is a record that was set aside as it was, key, value and headers, with what is
 * known of the failure in {@code dl_*} headers.
 *
 * @param topic that it was set aside from; empty in letters of earlier versions
 * @param position where it stood there: {@code <partition>:<offset>}
 * @param attempts how often it was tried
 * @param stack the failure in a few lines; empty if there was none, or in earlier versions
 */
public record DeadLetter(
    Flow flow,
    Optional<String> topic,
    String position,
    int attempts,
    String reason,
    String stack,
    Instant time) {
  /** The format that this version writes. */
  public static final int FORMAT = 1;

  static final String FORMAT_HEADER = "dl_format";
  private static final String OURS = "dl_";
  private static final int MOST_REASON = 4_000;

  /**
   * Returns what is said of a record that is set aside.
   *
   * @param failure why, where something was thrown
   */
  public static DeadLetter of(
      Flow flow,
      ConsumerRecord<byte[], byte[]> message,
      int attempts,
      String reason,
      Optional<Throwable> failure,
      Instant time) {
    return new DeadLetter(
        flow,
        Optional.of(message.topic()),
        message.partition() + ":" + message.offset(),
        attempts,
        reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + "…",
        failure.map(it -> StackSummary.of(it, message.value())).orElse(""),
        time);
  }

  /** Returns the headers of the letter: those of the record, and its own. */
  public Headers headers(Headers original) {
    Headers headers = new RecordHeaders(original.toArray());
    add(headers, FORMAT_HEADER, Integer.toString(FORMAT));
    add(headers, "dl_flow", flow.toString());
    add(headers, "dl_reason", reason);
    add(headers, "dl_attempts", Integer.toString(attempts));
    add(headers, "dl_time", time.toString());
    add(headers, "dl_position", position);
    topic.ifPresent(name -> add(headers, "dl_topic", name));
    if (!stack.isEmpty()) {
      add(headers, "dl_stack", stack);
    }
    return headers;
  }

  /**
   * Reads what a letter says.
   *
   * @throws IllegalArgumentException if it is none, or of a newer format
   */
  public static DeadLetter read(Headers headers) {
    requireFormat(headers);
    String position = text(headers, "dl_position");
    if (!position.matches("\\d{1,9}:\\d{1,18}")) {
      throw new IllegalArgumentException("header dl_position is no position: " + position);
    }
    return new DeadLetter(
        Flow.parse(text(headers, "dl_flow")),
        optional(headers, "dl_topic"),
        position,
        (int) number(headers, "dl_attempts"),
        text(headers, "dl_reason"),
        optional(headers, "dl_stack").orElse(""),
        time(headers));
  }

  /** Returns the headers that the record had before it was set aside. */
  public static Headers original(Headers headers) {
    Headers original = new RecordHeaders();
    for (Header header : headers) {
      if (!header.key().startsWith(OURS)) {
        original.add(header);
      }
    }
    return original;
  }

  /** Returns the partition that it was set aside from; the one of its key, in every topic. */
  public int partition() {
    return Integer.parseInt(position.substring(0, position.indexOf(':')));
  }

  static void requireFormat(Headers headers) {
    long format = number(headers, FORMAT_HEADER);
    if (format > FORMAT) {
      throw new IllegalArgumentException(
          "it is of format " + format + ", and this version reads up to " + FORMAT);
    }
  }

  static Instant time(Headers headers) {
    try {
      return Instant.parse(text(headers, "dl_time"));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("header dl_time is no time", e);
    }
  }

  static long number(Headers headers, String name) {
    return Long.parseLong(text(headers, name));
  }

  static String text(Headers headers, String name) {
    return optional(headers, name)
        .orElseThrow(() -> new IllegalArgumentException("header " + name + " is missing"));
  }

  private static Optional<String> optional(Headers headers, String name) {
    return Optional.ofNullable(headers.lastHeader(name))
        .map(Header::value)
        .map(value -> new String(value, UTF_8));
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }
}
