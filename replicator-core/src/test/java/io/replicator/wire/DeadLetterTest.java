package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Flow;
import io.replicator.wire.DeadLetterEnd.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Dead letters and their ends, as they stand in the topic. */
class DeadLetterTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:05:05Z");
  private static final DeadLetter LETTER =
      new DeadLetter(
          Flow.parse("s3/photos@us-west-2"),
          Optional.of("replicator.us-west-2.s3.photos"),
          "3:1234",
          5,
          "a/b.jpg: too odd",
          "java.io.IOException: no\n  at A.b(A.java:1)",
          TIME);
  private static final DeadLetterEnd END =
      new DeadLetterEnd(17, Verdict.DROPPED, "ops@bastion", TIME);

  private static Headers original() {
    Headers original = new RecordHeaders();
    original.add("ce_id", "id-1".getBytes(UTF_8));
    original.add("x-colour", new byte[] {0, -1});
    return original;
  }

  @Test
  void lettersOfFormatOneAreWrittenAsEver() throws IOException {
    assertThat(text(LETTER.headers(original()))).isEqualTo(golden("dead-letter-1.txt"));
  }

  @Test
  void endsOfFormatOneAreWrittenAsEver() throws IOException {
    var record = END.record("letters");
    assertThat(text(record.headers())).isEqualTo(golden("dead-letter-1-end.txt"));
    assertThat(record.key()).isNull();
    assertThat(record.value()).isNull();
    assertThat(record.partition()).isZero();
  }

  @Test
  void whatIsWrittenIsReadAndGivesBackTheRecordAsItWas() {
    Headers headers = LETTER.headers(original());
    assertThat(DeadLetter.read(headers)).isEqualTo(LETTER);
    assertThat(LETTER.partition()).isEqualTo(3);
    assertThat(DeadLetter.original(headers)).isEqualTo(original());
    assertThat(DeadLetterEnd.isOne(headers)).isFalse();
    Headers end = END.record("letters").headers();
    assertThat(DeadLetterEnd.isOne(end)).isTrue();
    assertThat(DeadLetterEnd.read(end)).isEqualTo(END);
  }

  @Test
  void lettersOfEarlierVersionsAreRead() {
    Headers earlier = LETTER.headers(original());
    earlier.remove("dl_topic").remove("dl_stack");
    assertThat(DeadLetter.read(earlier).topic()).isEmpty();
    assertThat(DeadLetter.read(earlier).stack()).isEmpty();
  }

  @Test
  void aNewerFormatIsNamedAndNotGuessed() {
    Headers newer = LETTER.headers(original());
    newer.remove("dl_format").add("dl_format", "2".getBytes(UTF_8));
    assertThatThrownBy(() -> DeadLetter.read(newer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("format 2")
        .hasMessageContaining("up to 1");
    Headers end = END.record("letters").headers();
    end.remove("dl_format").add("dl_format", "2".getBytes(UTF_8));
    assertThatThrownBy(() -> DeadLetterEnd.read(end)).hasMessageContaining("format 2");
  }

  @Test
  void whatIsNoLetterIsRefused() {
    Headers headers = LETTER.headers(original());
    headers.remove("dl_position").add("dl_position", "nowhere".getBytes(UTF_8));
    assertThatThrownBy(() -> DeadLetter.read(headers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere");
    assertThatThrownBy(() -> DeadLetter.read(new RecordHeaders()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dl_format");
  }

  @Test
  void aLetterTellsItsCausesAndHoldsNeitherSecretNorPayload() {
    byte[] payload = "{\"card\": \"4111 1111 1111 1111\"}".getBytes(UTF_8);
    Throwable cause =
        new IllegalStateException(
            "cannot parse '{\"card\": \"4111 1111 1111 1111\"}' of"
                + " https://me:pa55@host/x?X-Amz-Signature=abcdef&y=1 with password: hunter2 and"
                + " AKIAABCDEFGHIJKLMNOP, Authorization: Bearer eyJhbGciOi");
    var record = new ConsumerRecord<byte[], byte[]>("replicator.west.sqs.o", 2, 9, null, payload);
    DeadLetter letter =
        DeadLetter.of(
            LETTER.flow(), record, 1, "no", Optional.of(new RuntimeException("top", cause)), TIME);
    assertThat(letter.topic()).contains("replicator.west.sqs.o");
    assertThat(letter.position()).isEqualTo("2:9");
    assertThat(letter.stack())
        .startsWith("java.lang.RuntimeException: top\n  at " + DeadLetterTest.class.getName())
        .contains("caused by java.lang.IllegalStateException: cannot parse")
        .contains("(payload)", "password: (hidden)")
        .doesNotContain("4111", "pa55", "abcdef", "hunter2", "AKIA", "eyJ");
    assertThat(letter.stack().lines().filter(line -> line.startsWith("  at "))).hasSize(6);
  }

  @Test
  void aLongFailureIsCutToTwoKibibytes() {
    Throwable failure = new IllegalStateException("ü".repeat(5_000));
    for (int i = 0; i < 20; i++) {
      failure = new IllegalStateException("ü".repeat(5_000), failure);
    }
    String stack = StackSummary.of(failure, null);
    assertThat(stack.getBytes(UTF_8).length).isBetween(1_500, 2_048);
    assertThat(stack).endsWith("…");
  }

  private static String text(Headers headers) {
    return Arrays.stream(headers.toArray())
        .map(one -> one.key() + "=" + escaped(one.value()) + "\n")
        .sorted()
        .collect(Collectors.joining());
  }

  private static String escaped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) {
      text.append(one >= 32 && one < 127 ? "" + (char) one : String.format("\\x%02x", one & 255));
    }
    return text.toString();
  }

  private static String golden(String name) throws IOException {
    try (InputStream file = DeadLetterTest.class.getResourceAsStream("/golden/" + name)) {
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line + "\n")
          .collect(Collectors.joining());
    }
  }
}
