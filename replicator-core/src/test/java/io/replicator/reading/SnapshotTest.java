package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.replicator.fixture.FakeClock;
import io.replicator.fixture.Fuzz;
import io.replicator.fixture.FuzzedRecord;
import io.replicator.model.Clocks;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  private static final FakeClock CLOCK = new FakeClock();

  private static Snapshot snapshot(Random random) {
    Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.of(CLOCK));
    for (int i = random.nextInt(10); i >= 0; i--) {
      Stamp stamp = new Stamp("mjx2k3-" + random.nextInt(3), 1 + random.nextInt(20));
      reading.seen(stamp, CLOCK.instant(), 0);
      if (random.nextBoolean()) {
        reading.done(stamp);
      }
      Heartbeat heartbeat = FuzzedRecord.heartbeat(random);
      reading.heard(heartbeat, i);
      reading.passed(heartbeat, i);
    }
    return reading.snapshot(random.nextInt(1000), true).orElseThrow();
  }

  @Test
  void itComesBackAsItWas() {
    Fuzz.times(
        1_000,
        random -> {
          Snapshot snapshot = snapshot(random);
          assertThat(Snapshot.parse(snapshot.toJson())).isEqualTo(snapshot);
        });
  }

  @Test
  void aDamagedOneIsRefusedOrCanBeGoneOnFrom() {
    int[] refused = new int[1];
    Fuzz.times(
        10_000,
        random -> {
          String json = Fuzz.mutated(random, snapshot(random).toJson());
          Snapshot damaged;
          try {
            damaged = Snapshot.parse(json);
          } catch (IllegalArgumentException e) {
            refused[0]++;
            return;
          }
          if (damaged.format() > Snapshot.FORMAT) {
            return;
          }
          goOn(new Reading(0, Instant.EPOCH, Optional.of(damaged), Clocks.of(CLOCK)));
        });
    assertThat(refused[0]).isPositive();
  }

  private static void goOn(Reading reading) {
    for (long number : new long[] {1, 21, 22, Stamp.MOST}) {
      Stamp stamp = new Stamp("mjx2k3-0", number);
      reading.seen(stamp, CLOCK.instant(), 0);
      reading.done(stamp);
      assertThat(reading.isDone(stamp)).isTrue();
    }
    Instant now = CLOCK.instant();
    assertThat(reading.upTo()).matches(it -> Fuzz.isCountable(it.orElse(now), now));
    reading.acceptGap();
    assertThat(reading.missing()).isZero();
    assertThat(Snapshot.parse(reading.snapshot(1, true).orElseThrow().toJson())).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"format\":1}",
        "{\"format\":1,\"marks\":null}",
        "{\"format\":1,\"marks\":[null]}",
        "{\"format\":1,\"marks\":[{\"upTo\":1}]}",
        "{\"format\":1,\"marks\":[{\"name\":\"x\",\"missing\":[1]}]}",
        "{\"format\":1,\"marks\":[{\"name\":\"x\",\"missing\":[1,null]}]}",
        "{\"format\":1,\"marks\":[{\"name\":\"x\",\"ahead\":[2,1]}]}",
        "{\"format\":1,\"marks\":[{\"name\":\"x\",\"upTo\":9223372036854775807}]}",
        "{\"format\":1,\"marks\":[],\"words\":[null]}",
        "{\"format\":1,\"marks\":[],\"words\":[{\"upToMillis\":1}]}",
        "{\"format\":1,\"marks\":[],\"upToMillis\":9223372036854775807}",
        "{\"format\":1,\"marks\":[],\"offset\":-1}"
      })
  void whatIsNoneIsRefused(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> Snapshot.parse(json));
  }

  @Test
  void aNewerOneShowsItsNumberWhateverItHolds() {
    assertThat(Snapshot.parse("{\"format\":2,\"marks\":[null]}").format()).isEqualTo(2);
  }
}
