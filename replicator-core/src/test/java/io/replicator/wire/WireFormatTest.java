package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.Version;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private static final Stamp STAMP = new Stamp("mjx2k3-abc", 42);
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final Change UPSERT =
      Change.upsert(
          "id-1",
          "group-7",
          TIME,
          new TreeMap<>(Map.of("sqs-body", "text".getBytes(UTF_8), "trace", new byte[] {0, -1})),
          "hello".getBytes(UTF_8));
  private static final Change DELETE =
      new Change(
          "id-2",
          "photos/cat.jpg",
          Change.Kind.DELETE,
          TIME,
          Optional.of(Version.parse("1767323045.1.us-east-1")),
          Optional.of(Version.parse("1767323000.0.us-west-2")),
          new TreeMap<>(),
          new byte[0]);
  private static final Heartbeat BEAT =
      new Heartbeat(STAMP, TIME, Optional.of(TIME), Duration.ofSeconds(30), true, "topic-id");

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
    try (InputStream file = WireFormatTest.class.getResourceAsStream("/golden/" + name)) {
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .collect(Collectors.joining("\n", "", "\n"));
    }
  }

  private static Headers headers(String golden) {
    Headers headers = new RecordHeaders();
    golden
        .lines()
        .forEach(
            line -> {
              int equals = line.indexOf('=');
              headers.add(line.substring(0, equals), unescaped(line.substring(equals + 1)));
            });
    return headers;
  }

  private static byte[] unescaped(String text) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\x", i)) {
        bytes.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void format1OfAnUpsertNeverChanges() throws IOException {
    String golden = golden("format-1-upsert.txt");
    assertThat(text(WireFormat.encode(FLOW, UPSERT, STAMP))).isEqualTo(golden);
    same(UPSERT, WireFormat.decode(headers(golden), key(UPSERT), UPSERT.payload()));
  }

  @Test
  void format1OfADeleteNeverChanges() throws IOException {
    String golden = golden("format-1-delete.txt");
    assertThat(text(WireFormat.encode(FLOW, DELETE, STAMP))).isEqualTo(golden);
    same(DELETE, WireFormat.decode(headers(golden), key(DELETE), null));
  }

  @Test
  void format1OfAHeartbeatNeverChanges() throws IOException {
    String golden = golden("format-1-heartbeat.txt");
    assertThat(text(WireFormat.encode(FLOW, BEAT))).isEqualTo(golden);
    assertThat(WireFormat.decode(headers(golden), null, new byte[0]))
        .isEqualTo(new Decoded.Beat(BEAT));
  }

  private static byte[] key(Change change) {
    return change.key().getBytes(UTF_8);
  }

  private static void same(Change change, Decoded decoded) {
    assertThat(decoded).isInstanceOf(Decoded.Captured.class);
    Decoded.Captured captured = (Decoded.Captured) decoded;
    assertThat(captured.stamp()).isEqualTo(STAMP);
    assertThat(captured.change()).usingRecursiveComparison().isEqualTo(change);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a/b c\n", "=", "k\u00e9y \u2603 \ud83d\ude00", "\u0000"})
  void everyKeyAndPayloadComesBackWhole(String key) {
    byte[] mebibyte = new byte[1 << 20];
    new Random(1).nextBytes(mebibyte);
    byte[] every = new byte[256];
    for (int i = 0; i < 256; i++) {
      every[i] = (byte) i;
    }
    for (byte[] payload : new byte[][] {{}, mebibyte}) {
      Change change = Change.upsert("i", key, TIME, new TreeMap<>(Map.of("any", every)), payload);
      same(change, WireFormat.decode(WireFormat.encode(FLOW, change, STAMP), key(change), payload));
    }
  }

  @Test
  void damageIsNoticedAndNamed() {
    Headers headers = WireFormat.encode(FLOW, UPSERT, STAMP);
    assertThat(reason(headers, key(UPSERT), "hellO".getBytes(UTF_8))).contains("checksum");
    assertThat(reason(headers, "group-8".getBytes(UTF_8), UPSERT.payload())).contains("checksum");
    headers.remove("x-trace");
    assertThat(reason(headers, key(UPSERT), UPSERT.payload())).contains("checksum");
    assertThat(reason(new RecordHeaders(), null, null)).contains("ce_format");
  }

  private static String reason(Headers headers, byte[] key, byte[] value) {
    return ((Decoded.Unreadable) WireFormat.decode(headers, key, value)).reason();
  }

  @Test
  void aNewerFormatIsHeldHoweverItLooks() {
    Headers headers = new RecordHeaders();
    headers.add("ce_format", "2".getBytes(UTF_8));
    assertThat(WireFormat.decode(headers, null, new byte[] {1})).isEqualTo(new Decoded.Newer(2));
  }

  @Test
  void headersOfOtherToolsAreIgnored() {
    Headers headers = WireFormat.encode(FLOW, UPSERT, STAMP);
    headers.add("traceparent", new byte[] {1});
    headers.add("ce", null);
    same(UPSERT, WireFormat.decode(headers, key(UPSERT), UPSERT.payload()));
  }

  @Test
  void anAttributeWithoutAValueIsAnEmptyOneForThatIsHowItWasSummedUp() {
    Change change =
        Change.upsert("i", "k", TIME, new TreeMap<>(Map.of("any", new byte[0])), new byte[0]);
    Headers headers = WireFormat.encode(FLOW, change, STAMP);
    headers.remove("x-any");
    headers.add("x-any", null);
    same(change, WireFormat.decode(headers, key(change), null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "4294967297", "9223372036854775807"})
  void noNumberOfANewerFormatIsTakenForAnOlderOne(String format) {
    Headers headers = WireFormat.encode(FLOW, UPSERT, STAMP);
    headers.remove("ce_format");
    headers.add("ce_format", format.getBytes(UTF_8));
    assertThat(WireFormat.decode(headers, key(UPSERT), UPSERT.payload()))
        .isInstanceOfSatisfying(
            Decoded.Newer.class, newer -> assertThat(newer.format()).isGreaterThan(1));
  }

  @ParameterizedTest
  @CsvSource({
    "ce_time, +1000000000-12-31T23:59:59Z, no time",
    "ce_time, -1000000000-01-01T00:00:00Z, no time",
    "ce_sequence, 9223372036854775807, beyond",
    "ce_version, 9223372036854775807.0.us-east-1, no time",
    "ce_version, 1.9223372036854775807.us-east-1, no count",
    "ce_version, 1.-1.us-east-1, no count"
  })
  void whatNoClockOrCounterTellsIsRefusedForNothingCanBeReckonedWithIt(
      String header, String content, String reason) {
    Headers genuine = WireFormat.encode(FLOW, DELETE, STAMP);
    byte[] none = new byte[0];
    Headers forged = Forgery.of(genuine, key(DELETE), none, header, content);
    assertThat(reason(forged, key(DELETE), none)).contains(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "ce_upto, +1000000000-12-31T23:59:59Z, no time",
    "ce_hold, 9223372036854775807, ce_hold",
    "ce_hold, -1, ce_hold"
  })
  void suchAHeartbeatIsRefusedToo(String header, String content, String reason) {
    byte[] none = new byte[0];
    Headers forged = Forgery.of(WireFormat.encode(FLOW, BEAT), none, none, header, content);
    assertThat(reason(forged, null, none)).contains(reason);
  }

  @Test
  void aReasonIsALineThatALogCanTake() {
    Headers headers = new RecordHeaders();
    headers.add("ce_format", ("1\n" + "9".repeat(1_000_000)).getBytes(UTF_8));
    assertThat(reason(headers, null, null)).hasSizeLessThan(400).contains("1?99").endsWith("…");
  }
}
