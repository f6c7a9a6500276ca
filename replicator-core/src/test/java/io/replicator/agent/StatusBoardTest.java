package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.reading.Tail;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class StatusBoardTest {
  private final List<Region> heard = new ArrayList<>();
  private final FakeClock clock = new FakeClock();
  private long lines;
  private final StatusBoard board =
      new StatusBoard(
          "status",
          null,
          Clocks.of(clock),
          Duration.ofDays(14),
          status -> heard.add(new Region(status.region())));

  private void read(String json) {
    byte[] value = json == null ? null : json.getBytes(UTF_8);
    board.read(new ConsumerRecord<>("status", 0, 0, null, value));
  }

  @Test
  void whatNobodyUnderstandsIsPassedOver() {
    read(null);
    read("");
    read("null");
    read("{}");
    read("garbage");
    read("{\"agent\": \"a\"}");
    read("{\"region\": \"us-east-1\", \"agent\": \"a\", \"sentMillis\": -9223372036854775808}");
    read("{\"region\": \"EU West\", \"agent\": \"a\"}");
    read("{\"region\": \"us-east-1\", \"agent\": \"a\", \"captures\": {\"sqs/q\": null}}");
    read("{\"region\": \"us-east-1\", \"agent\": \"a\", \"captures\": {\"sqs/q\": {}}}");
    read(
        "{\"region\": \"us-east-1\", \"agent\": \"a\","
            + " \"captures\": {\"sqs/q\": {\"incarnation\": \"i\", \"sent\": [null]}}}");
    read("{\"format\": 2, \"region\": \"us-east-1\", \"agent\": \"a\"}");
    assertThat(heard).isEmpty();
  }

  @Test
  void aStatusThatLeavesThingsOutStillCountsAndWhatItDoesNotKnowIsIgnored() {
    read("{\"region\": \"us-east-1\", \"agent\": \"a\", \"color\": \"blue\"}");
    read(
        "{\"region\": \"us-east-1\", \"agent\": \"a\","
            + " \"captures\": {\"sqs/q\": {\"incarnation\": \"i\", \"sent\": [3, 4]}}}");
    assertThat(heard).hasSize(2);
    assertThat(board.numbers().sent(new Region("us-east-1"), new Resource("sqs", "q")).get("i"))
        .containsExactly(3, 4);
  }

  @Test
  void theFarewellIsPublishedThoughTheStatusBeforeIsUnderWay() {
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(
            false,
            new RoundRobinPartitioner(),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    StatusBoard own =
        new StatusBoard("status", producer, Clocks.of(clock), Duration.ofDays(14), status -> {});
    own.publish(status("first"));
    own.publish(status("dropped"));
    own.publishLast(status("farewell"));
    assertThat(producer.history())
        .extracting(line -> new String(line.key(), UTF_8))
        .containsExactly("first", "farewell");
  }

  private static Status status(String agent) {
    return new Status(Status.FORMAT, HERE.name(), agent, 0, Map.of(), List.of(), Map.of());
  }

  private static final Region HERE = new Region("us-east-1");
  private static final Flow THEIRS = Flow.parse("s3/photos@us-west-2");

  /** An agent of this region tells of the others' flow. */
  private void tells(String agent, int partitions, long pending) {
    read(
        "{\"region\": \"us-east-1\", \"agent\": \"%s\", \"sentMillis\": %d, \"flows\": [{\"flow\": \"%s\","
                .formatted(agent, clock.instant().toEpochMilli(), THEIRS)
            + " \"partitions\": %d, \"pending\": %d}]}".formatted(partitions, pending));
  }

  private void originSpeaks() {
    read(
        "{\"region\": \"us-west-2\", \"agent\": \"w\", \"sentMillis\": %d}"
            .formatted(clock.instant().toEpochMilli()));
  }

  private boolean drained() {
    return board.drained(HERE, THEIRS, 3);
  }

  @Test
  void aRegionHasDrainedAFlowOnceNoneOfItsAgentsHasAnythingLeft() {
    originSpeaks();
    tells("a", 2, 0);
    assertThat(drained()).as("nobody told of the third partition").isFalse();
    tells("b", 1, 5);
    assertThat(drained()).as("another agent has something left").isFalse();
    tells("b", 1, -1);
    assertThat(drained()).as("another agent does not know").isFalse();
    tells("b", 1, 0);
    assertThat(drained()).isTrue();
  }

  @Test
  void nothingIsDrainedWhereTheOriginIsNotHeard() {
    tells("a", 3, 0);
    assertThat(drained()).isFalse();
    originSpeaks();
    assertThat(drained()).isTrue();
    clock.pass(Duration.ofSeconds(11));
    tells("a", 3, 0);
    assertThat(drained()).as("it fell silent").isFalse();
  }

  @Test
  void whoSpeaksIsHeardWhateverItsClockShowsAndWhoFallsSilentIsNot() {
    for (int hours : new int[] {1, -1}) {
      read(
          "{\"region\": \"us-west-2\", \"agent\": \"w\", \"sentMillis\": %d}"
              .formatted(clock.instant().plus(Duration.ofHours(hours)).toEpochMilli()));
      assertThat(board.hears(new Region("us-west-2"))).isTrue();
      clock.pass(Duration.ofSeconds(11));
      assertThat(board.hears(new Region("us-west-2"))).isFalse();
    }
  }

  @Test
  void whatACaptureCountedSecondsAgoIsNotThePresentCount() {
    Resource orders = new Resource("sqs", "orders");
    read(
        "{\"region\": \"us-west-2\", \"agent\": \"w\", \"sentMillis\": 1, \"captures\": {\"sqs/orders\":"
            + " {\"incarnation\": \"1-w\", \"sent\": [5]}}}");
    Region west = new Region("us-west-2");
    assertThat(board.counts(west, orders)).hasSize(1);
    clock.pass(Duration.ofSeconds(3));
    assertThat(board.counts(west, orders)).isEmpty();
    assertThat(board.captures(west, orders)).hasSize(1);
  }

  @Test
  void whatStoodThereForLongIsNotHeardThoughItIsReadNow() {
    stamped(HERE, 1_000_000);
    stamped(new Region("us-west-2"), 980_000);
    assertThat(board.hears(HERE)).isTrue();
    assertThat(board.hears(new Region("us-west-2"))).isFalse();
  }

  private void stamped(Region region, long stamp) {
    String json = "{\"region\": \"%s\", \"agent\": \"a\"}".formatted(region);
    board.read(
        new ConsumerRecord<>(
            region.equals(HERE) ? "status" : "theirs",
            0,
            0,
            stamp,
            TimestampType.LOG_APPEND_TIME,
            0,
            0,
            null,
            json.getBytes(UTF_8),
            new RecordHeaders(),
            Optional.empty()));
  }

  @Test
  void thePartitionsOfAKilledAgentAreNotDrainedUntilAnotherTellsOfThem() {
    originSpeaks();
    tells("a", 2, 0);
    tells("killed", 1, 0);
    clock.pass(Duration.ofSeconds(11));
    originSpeaks();
    tells("a", 2, 0);
    assertThat(drained()).isFalse();
    tells("a", 3, 0);
    assertThat(drained()).isTrue();
  }

  private static final Resource QUEUE = new Resource("sqs", "q");

  /** A capture of this region tells what it has written at a time, and perhaps of others. */
  private void writes(String incarnation, long sent, Instant at, String former) {
    String json =
        "{\"region\": \"us-east-1\", \"agent\": \"a\", \"sentMillis\": %d, \"captures\":"
                .formatted(at.toEpochMilli())
            + " {\"sqs/q\": {\"incarnation\": \"%s\", \"sent\": [%d, 0], \"former\": %s}}}"
                .formatted(incarnation, sent, former);
    board.read(
        new ConsumerRecord<>(
            "status",
            0,
            lines++,
            at.toEpochMilli(),
            TimestampType.LOG_APPEND_TIME,
            0,
            0,
            null,
            json.getBytes(UTF_8),
            new RecordHeaders(),
            Optional.empty()));
  }

  private void writes(String incarnation, long sent) {
    writes(incarnation, sent, clock.instant(), "null");
  }

  private List<Tail> tails() {
    return board.numbers().tails(HERE, QUEUE);
  }

  @Test
  void aLaterLifeOfACaptureStandsBehindWhatTheFormerHadWritten() {
    Instant now = clock.instant();
    String first = Stamp.newIncarnation(now, "a");
    String second = Stamp.newIncarnation(now.plusSeconds(1), "a");
    writes(first, 3);
    writes(Stamp.newIncarnation(now.plusSeconds(1), "b"), 3);
    writes(first, 5);
    assertThat(tails()).isEmpty();
    writes(second, 1);
    assertThat(tails()).containsExactly(new Tail(first, List.of(5L, 0L), second));
    String earlier = Stamp.newIncarnation(now.minusSeconds(5), "a");
    writes(earlier, 1);
    assertThat(tails()).as("the clock was set back, or an old line was repeated").hasSize(1);
    String third = Stamp.newIncarnation(now.plusSeconds(2), "a");
    writes(third, 0);
    assertThat(tails())
        .containsExactlyInAnyOrder(
            new Tail(first, List.of(5L, 0L), second),
            new Tail(first, List.of(5L, 0L), third),
            new Tail(second, List.of(1L, 0L), third),
            new Tail(earlier, List.of(1L, 0L), third));
  }

  @Test
  void whatACaptureTellsOfOthersCountsUntilItTellsOtherwise() {
    Instant now = clock.instant();
    String present = Stamp.newIncarnation(now, "b");
    String former = "[{\"incarnation\": \"x-a\", \"sent\": [7, 0], \"atMillis\": %d}]";
    writes(present, 0, now, former.formatted(now.toEpochMilli()));
    writes(present, 0);
    assertThat(tails()).containsExactly(new Tail("x-a", List.of(7L, 0L), present));
    writes(present, 0, now, "[]");
    assertThat(tails()).isEmpty();
  }

  @Test
  void nothingIsToldThatAReaderMayHaveForgotten() {
    Instant now = clock.instant();
    Duration most = Duration.ofDays(14).minus(Duration.ofHours(1));
    String first = Stamp.newIncarnation(now.minus(most), "a");
    String second = Stamp.newIncarnation(now, "a");
    writes(first, 3, now.minus(most).plusSeconds(1), "null");
    writes(second, 0);
    assertThat(tails()).hasSize(1);
    clock.pass(Duration.ofSeconds(2));
    writes(second, 0);
    assertThat(tails()).isEmpty();
    String old = "[{\"incarnation\": \"x-a\", \"sent\": [7, 0], \"atMillis\": %d}]";
    writes(second, 0, clock.instant(), old.formatted(now.minus(most).toEpochMilli()));
    assertThat(tails()).isEmpty();
  }
}
