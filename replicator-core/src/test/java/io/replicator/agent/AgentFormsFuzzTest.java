package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.backfill.Order;
import io.replicator.fixture.FakeClock;
import io.replicator.fixture.Fuzz;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What agents tell each other of themselves and of orders, with something wrong in it. */
class AgentFormsFuzzTest {
  private static final Region HERE = new Region("us-east-1");
  private static final Resource QUEUE = new Resource("sqs", "q");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Status status(Random random) {
    return new Status(
        Status.FORMAT,
        HERE.name(),
        "agent-" + random.nextInt(3),
        new FakeClock().instant().toEpochMilli() - random.nextInt(5_000),
        Map.of(
            QUEUE.toString(),
            new Status.CaptureStatus(
                "mjx2k3-x",
                List.of(random.nextLong(100), 2L),
                -1,
                1_767_000_000_000L,
                random.nextBoolean() ? null : 86_400_000L,
                random.nextBoolean()
                    ? null
                    : List.of(
                        new Status.Former(
                            "mjx2k2-x", List.of(random.nextLong(100), 1L), 1_767_000_000_000L)))),
        List.of(
            new Status.FlowStatus(
                "sqs/q@us-west-2", "apply", "RUNNING", "", 5, random.nextInt(9), 2)),
        Map.of("agent-w", 20L - random.nextInt(40)));
  }

  @Test
  void aDamagedStatusIsPassedOverOrCanBeReckonedWith() throws Exception {
    FakeClock clock = new FakeClock();
    int[] heard = new int[1];
    Fuzz.times(
        10_000,
        random -> {
          StatusBoard board =
              new StatusBoard(
                  "status", null, Clocks.of(clock), Duration.ofDays(14), status -> heard[0]++);
          for (int i = 0; i < 2; i++) {
            byte[] json = JSON.writeValueAsBytes(status(random));
            byte[] damaged = Fuzz.mutated(random, json);
            board.read(new ConsumerRecord<>("status", 0, 0, null, i == 0 ? damaged : json));
          }
          board.numbers().spoken(HERE, QUEUE);
          assertThat(board.hears(HERE)).isTrue();
          board.drained(HERE, Flow.parse("sqs/q@us-west-2"), 2);
          for (long[] numbers : board.numbers().sent(HERE, QUEUE).values()) {
            assertThat(Arrays.stream(numbers).filter(number -> number < 0)).isEmpty();
          }
          for (Status.CaptureStatus capture : board.captures(HERE, QUEUE)) {
            if (capture.upToMillis() != null) {
              Instant upTo = Instant.ofEpochMilli(capture.upToMillis());
              assertThat(Fuzz.isCountable(upTo, clock.instant())).isTrue();
            }
          }
        });
    assertThat(heard[0]).isPositive();
  }

  @Test
  void aDamagedOrderIsNoneOrOneThatCanBeCarriedOut() {
    Fuzz.times(
        5_000,
        random -> {
          Order order = Order.of("id-1", "photos/", random.nextBoolean(), 1 + random.nextInt(99));
          Order.parse(Fuzz.mutated(random, order.toJson()))
              .ifPresent(
                  it -> {
                    assertThat(it.rate()).isPositive();
                    assertThat(it.prefix()).isNotNull();
                    assertThat(it.position()).isNotNull();
                    assertThat(it.toString()).isNotEmpty();
                    assertThat(Order.parse(it.toJson())).contains(it);
                  });
        });
  }

  @Test
  void whatIsNoOrderIsNone() {
    for (String json : List.of("", "null", "[]", "{}", "1", new String(new byte[9], UTF_8))) {
      assertThat(Order.parse(json)).isEmpty();
    }
  }
}
