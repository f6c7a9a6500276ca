package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ParkedTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:05:05Z");
  private static final byte[] KEY = "group-7".getBytes(UTF_8);
  private static final Change CHANGE =
      Change.upsert(
          "id-1",
          "group-7",
          Instant.parse("2026-01-02T03:04:05.678Z"),
          new TreeMap<>(Map.of("sqs-body", "text".getBytes(UTF_8), "trace", new byte[] {0, -1})),
          "hello".getBytes(UTF_8));
  private static final Headers ORIGINAL =
      WireFormat.encode(Flow.parse("sqs/orders@us-east-1"), CHANGE, new Stamp("mjx2k3-abc", 42));

  private static Parked parked() {
    return Parked.of(
        Parked.place("replicator.us-east-1.sqs.orders", 3, 1234),
        KEY,
        CHANGE.payload(),
        ORIGINAL,
        new Parked.Failure(
            "the store said no", 7, TIME, Optional.of(Instant.parse("2026-01-02T03:04:04Z"))));
  }

  private static Parked letter() {
    Headers original = new RecordHeaders();
    original.add("traceparent", new byte[] {1});
    return Parked.of(
        Parked.DEAD_LETTER + "0/17",
        KEY,
        null,
        original,
        new Parked.Failure("replayed", 0, TIME, Optional.empty()));
  }

  private static String text(Parked parked) {
    return "key="
        + escaped(parked.recordKey())
        + "\nvalue="
        + escaped(parked.recordValue())
        + "\n"
        + text(parked.recordHeaders());
  }

  private static String text(Headers headers) {
    return StreamSupport.stream(headers.spliterator(), false)
        .map(one -> one.key() + "=" + escaped(one.value()) + "\n")
        .sorted()
        .collect(Collectors.joining());
  }

  private static String escaped(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) {
      text.append(one > 32 && one < 127 ? "" + (char) one : String.format("\\x%02x", one & 255));
    }
    return text.toString();
  }

  private static String golden(String name) throws IOException {
    try (InputStream file = ParkedTest.class.getResourceAsStream("/golden/" + name)) {
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .collect(Collectors.joining("\n", "", "\n"));
    }
  }

  private static Parked again(Parked parked) {
    return Parked.read(parked.recordHeaders(), parked.recordKey(), parked.recordValue());
  }

  @Test
  void format1NeverChanges() throws IOException {
    assertThat(text(parked())).isEqualTo(golden("parked-1.txt"));
    assertThat(text(letter())).isEqualTo(golden("parked-1-letter.txt"));
  }

  @Test
  void theRecordComesBackAsItWas() {
    Parked back = again(parked());
    assertThat(back.place()).isEqualTo("replicator.us-east-1.sqs.orders/3/1234");
    assertThat(back.key()).isEqualTo(KEY);
    assertThat(back.value()).isEqualTo(CHANGE.payload());
    assertThat(text(back.headers())).isEqualTo(text(ORIGINAL));
    assertThat(back.failure()).isEqualTo(parked().failure());
    assertThat(WireFormat.decode(back.headers(), back.key(), back.value()))
        .isInstanceOf(Decoded.Captured.class);
  }

  @Test
  void aRecordWithoutValueOrKeyComesBackWithoutIt() {
    assertThat(again(letter()).value()).isNull();
    assertThat(again(letter()).failure().upTo()).isEmpty();
    Parked keyless = Parked.of("t/0/1", null, new byte[0], ORIGINAL, letter().failure());
    assertThat(again(keyless).key()).isNull();
    assertThat(again(keyless).value()).isEmpty();
  }

  @Test
  void parkedAgainItBearsTheLastFailureAlone() {
    Headers twice =
        Parked.of("t/0/1", KEY, null, parked().recordHeaders(), letter().failure()).recordHeaders();
    assertThat(twice.headers("pk_reason")).hasSize(1);
    assertThat(twice.lastHeader("pk_upto")).isNull();
  }

  @Test
  void theRecordThatEndsItNamesItsKey() {
    assertThat(Parked.key(Parked.ending(KEY))).hasValue(KEY);
    assertThat(Parked.key(new RecordHeaders())).isEmpty();
  }

  @Test
  void whatIsNoParkedChangeIsRefusedWhateverItHolds() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      Headers headers = new RecordHeaders();
      Headers valid = parked().recordHeaders();
      valid.forEach(
          header -> {
            if (!header.key().startsWith("pk_") || random.nextInt(3) > 0) {
              headers.add(header);
            } else if (random.nextBoolean()) {
              byte[] junk = new byte[random.nextInt(4)];
              random.nextBytes(junk);
              headers.add(header.key(), random.nextInt(4) == 0 ? null : junk);
            }
          });
      byte[] value = new byte[random.nextInt(3)];
      random.nextBytes(value);
      try {
        assertThat(Parked.read(headers, parked().recordKey(), value)).isNotNull();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
    Headers newer = new RecordHeaders();
    newer.add("pk_format", "2".getBytes(UTF_8));
    assertThat(Parked.format(newer)).isEqualTo(2);
    assertThatThrownBy(() -> Parked.read(newer, KEY, new byte[] {0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("format 1");
  }
}
