package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The form of a dead letter: the record as it was, key, value and headers, and what is known of the
 * failure in {@code dl_*} headers.
 */
public final class DeadLetter {
  private static final String FORMAT = "1";
  private static final int MOST_REASON = 4_000;

  private DeadLetter() {}

  /**
   * Returns the headers of a dead letter.
   *
   * @param original headers of the record that is set aside
   * @param position where it stands: partition and offset
   * @param attempts how often it was tried
   */
  public static Headers headers(
      Flow flow, Headers original, String position, int attempts, String reason, Instant time) {
    Headers headers = new RecordHeaders(original.toArray());
    headers.add("dl_format", FORMAT.getBytes(UTF_8));
    headers.add("dl_flow", flow.toString().getBytes(UTF_8));
    headers.add("dl_reason", shortened(reason).getBytes(UTF_8));
    headers.add("dl_attempts", Integer.toString(attempts).getBytes(UTF_8));
    headers.add("dl_time", time.toString().getBytes(UTF_8));
    headers.add("dl_position", position.getBytes(UTF_8));
    return headers;
  }

  private static String shortened(String reason) {
    return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + "…";
  }
}
