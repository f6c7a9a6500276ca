package io.replicator.s3;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import software.amazon.awssdk.core.SdkResponse;

/**
 * The server's time is what a server's clock showed when it answered, as HTTP's Date tells it: in
 * whole seconds, the rest cut off.
 */
final class ServerTime {
  /** What HTTP's Date leaves out of the server's time. */
  static final Duration PRECISION = Duration.ofSeconds(1);

  private ServerTime() {}

  /** Returns the second in which the server answered; empty if it does not tell. */
  static Optional<Instant> of(SdkResponse answer) {
    return answer.sdkHttpResponse().firstMatchingHeader("Date").flatMap(ServerTime::parsed);
  }

  private static Optional<Instant> parsed(String date) {
    try {
      return Optional.of(
          ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty(); // as good as none
    }
  }
}
