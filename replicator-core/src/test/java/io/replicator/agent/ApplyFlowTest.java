package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.reading.Applied;
import io.replicator.reading.Throttle;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.junit.jupiter.api.Test;

class ApplyFlowTest {
  private final FakeClock clock = new FakeClock();
  private final Instant noon = clock.instant();

  private final StatusBoard board =
      new StatusBoard(
          "status", new MockProducer<>(), Clocks.of(clock), Duration.ofDays(14), status -> {});
  private final ApplyFlow flow =
      new ApplyFlow(
          Flow.parse("sqs/orders@us-west-2"),
          1,
          false,
          new Reads(),
          board,
          null,
          Duration.ofDays(14),
          clock);

  private final class Reads implements Applied {
    @Override
    public int partitionCount() {
      return 1;
    }

    @Override
    public boolean holdsFirst() {
      return true;
    }

    @Override
    public Optional<Instant> replicatedUpTo() {
      return Optional.of(noon);
    }

    @Override
    public long pending(Map<String, long[]> sent) {
      return 0;
    }

    @Override
    public long missing() {
      return 0;
    }

    @Override
    public Throttle throttle() {
      throw new UnsupportedOperationException();
    }
  }

  private void captured(String agent, Instant upTo) {
    String json =
        "{\"region\": \"us-west-2\", \"agent\": \"%s\", \"sentMillis\": 1, \"captures\":"
                .formatted(agent)
            + " {\"sqs/orders\": {\"incarnation\": \"1-%s\", \"sent\": [5], \"upToMillis\": %d}}}"
                .formatted(agent, upTo.toEpochMilli());
    board.read(new ConsumerRecord<>("status", 0, 0, null, json.getBytes(UTF_8)));
  }

  @Test
  void whatACaptureReadsAfterItsStoresClockWasSetBackIsNotPassedThoughNobodyReadsItHere() {
    captured("a", noon.plusSeconds(1));
    captured("b", noon.minus(Duration.ofHours(1)));
    assertThat(flow.upTo()).hasValue(noon.minus(Duration.ofHours(1)));
  }

  @Test
  void aStatusThatIsSomeSecondsOldTakesNothingBack() {
    assertThat(flow.upTo()).hasValue(noon);
    captured("a", noon.minusSeconds(12));
    assertThat(flow.upTo()).hasValue(noon);
  }
}
