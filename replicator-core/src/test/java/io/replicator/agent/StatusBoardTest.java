package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class StatusBoardTest {
  private final List<Region> heard = new ArrayList<>();
  private final StatusBoard board =
      new StatusBoard(
          "status",
          null,
          new FakeClock(),
          Duration.ofDays(14),
          (region, time) -> heard.add(region));

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
    assertThat(board.sent(new Region("us-east-1"), new Resource("sqs", "q")).get("i"))
        .containsExactly(3, 4);
  }
}
