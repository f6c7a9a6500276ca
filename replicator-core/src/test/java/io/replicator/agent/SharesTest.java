package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.config.ResourceConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.kafka.KafkaClients;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharesTest {
  private static final long HEAP = 256L << 20;
  private static final int PARTITIONS = 6;

  private final FakeTarget target = new FakeTarget(false);
  private final OwnEnds ends = new OwnEnds(new FakeSource(), target);

  @AfterEach
  void close() {
    target.close();
  }

  /** Each is captured here and applied from one region. */
  private List<ResourceConfig> resources(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new ResourceConfig(
                    new Resource("fake", "r" + i),
                    ends,
                    PARTITIONS,
                    OptionalLong.empty(),
                    List.of(new Region("us-east-1")),
                    true))
        .toList();
  }

  @Test
  void whatIsHeldAndFetchedAheadOfAllFlowsTogetherFitsIntoTheHeap() {
    for (int count : new int[] {1, 4, 8}) {
      List<ResourceConfig> resources = resources(count);
      Shares shares = new Shares(HEAP, resources);
      long held = count * (shares.bounds(resources.get(0)).heldBytes() + shares.pendingBytes());
      long ahead = 2L * count * PARTITIONS * shares.fetchBytes();
      assertThat(held + ahead).as("%s resources", count).isLessThan(HEAP / 2);
    }
  }

  @Test
  void aFlowAloneFetchesItsLargestRecordsWithoutDelay() {
    assertThat(new Shares(HEAP, resources(1)).fetchBytes())
        .isEqualTo(KafkaClients.MAX_RECORD_BYTES);
  }
}
