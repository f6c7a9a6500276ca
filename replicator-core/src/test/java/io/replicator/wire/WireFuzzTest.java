package io.replicator.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.Fuzz;
import io.replicator.fixture.FuzzedRecord;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Hint;
import io.replicator.reading.Reading;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class WireFuzzTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<String> NUMBERS_AND_TIMES =
      List.of(
          "ce_time",
          "ce_sequence",
          "ce_version",
          "ce_base",
          "ce_upto",
          "ce_hold",
          "ce_incarnation");

  private static FuzzedRecord valid(Random random) {
    Stamp stamp = new Stamp("mjx2k3-abc", 1 + random.nextInt(1000));
    return switch (random.nextInt(4)) {
      case 0 -> FuzzedRecord.of(FLOW, FuzzedRecord.heartbeat(random));
      case 1 -> FuzzedRecord.of(FLOW, hint(random), stamp);
      default -> FuzzedRecord.of(FLOW, FuzzedRecord.change(random, "id"), stamp);
    };
  }

  private static Change hint(Random random) {
    Change like = FuzzedRecord.change(random, "id");
    Hint.Kind[] kinds = Hint.Kind.values();
    return random.nextBoolean()
        ? HintForm.encodeListing(like.key(), random.nextBoolean(), like.time())
        : HintForm.encode(new Hint(like.key(), kinds[random.nextInt(kinds.length)], like.time()));
  }

  private static Decoded decode(FuzzedRecord one) {
    return WireFormat.decode(one.headers(), one.key(), one.value());
  }

  @Test
  void aDamagedRecordIsRefusedOrHeldOrStillTheSameAndNeverAnother() {
    int[] outcomes = new int[3];
    Fuzz.times(
        20_000,
        random -> {
          FuzzedRecord original = valid(random);
          FuzzedRecord other = valid(random);
          FuzzedRecord damaged = original.mutated(random, other);
          Decoded decoded = decode(damaged);
          if (decoded instanceof Decoded.Unreadable unreadable) {
            outcomes[0]++;
            assertThat(unreadable.reason()).hasSizeLessThan(1_000);
          } else if (decoded instanceof Decoded.Newer newer) {
            outcomes[1]++;
            assertThat(newer.format()).isGreaterThan(WireFormat.FORMAT);
          } else {
            outcomes[2]++;
            // Parts of another may make the other whole.
            assertThat(FuzzedRecord.whole(decoded))
                .isIn(FuzzedRecord.whole(decode(original)), FuzzedRecord.whole(decode(other)));
          }
        });
    System.out.printf("%d refused, %d held, %d unharmed%n", outcomes[0], outcomes[1], outcomes[2]);
  }

  /** A checksum proves that a record is whole, not that its writer was right. */
  @Test
  void whatNoAgentMeansHarmsNoReaderThoughItsChecksumFits() {
    int[] believed = new int[1];
    Fuzz.times(
        10_000,
        random -> {
          FuzzedRecord original = valid(random);
          Headers headers = original.headers();
          for (int i = random.nextInt(3); i >= 0; i--) {
            headers = forged(random, headers, original);
          }
          Decoded decoded = WireFormat.decode(headers, original.key(), original.value());
          Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.of(() -> NOW));
          if (decoded instanceof Decoded.Captured captured) {
            believed[0]++;
            reading.seen(captured.stamp(), captured.change().time(), 0);
            reading.done(captured.stamp());
            HintForm.listing(captured.change());
            HintForm.kind(captured.change())
                .ifPresent(
                    kind -> assertThat(HintForm.decode(captured.change()).kind()).isEqualTo(kind));
            assertThat(Fuzz.isCountable(captured.change().time(), NOW)).isTrue();
          } else if (decoded instanceof Decoded.Beat beat) {
            believed[0]++;
            reading.heard(beat.heartbeat(), 1);
            reading.passed(beat.heartbeat(), 1);
            reading.acceptGap();
          }
          reading.snapshot(1, true);
          assertThat(reading.upTo()).matches(it -> Fuzz.isCountable(it.orElse(NOW), NOW));
          assertThat(reading.missing()).isNotNegative();
        });
    assertThat(believed[0]).isPositive();
  }

  private static Headers forged(Random random, Headers headers, FuzzedRecord original) {
    String name = NUMBERS_AND_TIMES.get(random.nextInt(NUMBERS_AND_TIMES.size()));
    String content =
        random.nextInt(4) == 0
            ? Fuzz.extreme(random) + "." + Fuzz.extreme(random) + ".us-east-1"
            : Fuzz.extreme(random);
    Headers damaged = new RecordHeaders(headers.toArray());
    damaged.remove("ce_checksum");
    damaged.add("ce_checksum", new byte[] {'?'});
    return Forgery.of(damaged, original.key(), original.value(), name, content);
  }
}
