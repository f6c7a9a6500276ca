package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.replicator.fixture.FakeSource;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final Stamp GENUINE = new Stamp("mjx2k3-abc", 1);
  private static final byte[] EMPTY = {};

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a b", "a-b 7 id", "a\nS {}", "a\tb", "\u0000", "{}", "a/b", "é"})
  void anOddNameIsNoIncarnationHereNorInARecord(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Stamp(name, 1));
    Change change = FakeSource.change("id-1", "k");
    byte[] key = "k".getBytes(UTF_8);
    Headers forged =
        Forgery.of(
            WireFormat.encode(FLOW, change, GENUINE),
            key,
            change.payload(),
            "ce_incarnation",
            name);
    assertUnreadable(WireFormat.decode(forged, key, change.payload()));
    Heartbeat beat = new Heartbeat(GENUINE, NOW, Optional.empty(), Duration.ZERO, false, "topic");
    forged = Forgery.of(WireFormat.encode(FLOW, beat), EMPTY, EMPTY, "ce_incarnation", name);
    assertUnreadable(WireFormat.decode(forged, null, EMPTY));
  }

  private static void assertUnreadable(Decoded decoded) {
    assertThat(decoded)
        .isInstanceOfSatisfying(
            Decoded.Unreadable.class,
            unreadable -> assertThat(unreadable.reason()).contains("is no incarnation"));
  }

  @Test
  void aNameHasAHundredCharactersAtMost() {
    assertThat(new Stamp("x".repeat(100), 1).incarnation()).hasSize(100);
    assertThatIllegalArgumentException().isThrownBy(() -> new Stamp("x".repeat(101), 1));
  }

  @Test
  void noNumberIsNegative() {
    assertThat(new Stamp("x", 0).sequence()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> new Stamp("x", -1));
  }

  @Test
  void anIncarnationTellsItsBeginAndItsCaptureAlsoToThoseWhoKnowOnlyItsName() {
    String capture = Stamp.newCapture();
    assertThat(Stamp.newCapture()).isNotEqualTo(capture);
    for (Instant begin : new Instant[] {NOW, NOW.plusMillis(1), Instant.EPOCH}) {
      Stamp stamp = new Stamp(Stamp.newIncarnation(begin, capture), 1);
      assertThat(Stamp.begin(stamp.incarnation())).isEqualTo(begin);
      assertThat(Stamp.capture(stamp.incarnation())).isEqualTo(capture);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-x", "..-x", "zzzzzzzzzzzzzzzzzz-x"})
  void aNameThatTellsNoBeginIsAsOldAsCanBe(String name) {
    assertThat(Stamp.begin(new Stamp(name, 1).incarnation())).isEqualTo(Instant.EPOCH);
    assertThat(Stamp.capture(name)).isEqualTo("x");
  }
}
