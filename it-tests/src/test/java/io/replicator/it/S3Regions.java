package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.BucketServer;
import io.replicator.deploy.sandbox.SandboxBucket;
import io.replicator.deploy.sandbox.SandboxLayout;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.status.Bean;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Two regions with a replicated bucket in each, and nothing else that is replicated. */
final class S3Regions implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final TwoRegions regions;
  private final Map<String, Buckets> buckets = new ConcurrentHashMap<>();

  private S3Regions(TwoRegions regions) {
    this.regions = regions;
  }

  /** Starts them, with one agent each. */
  static S3Regions started() {
    return started(1, region -> {});
  }

  /** Starts them with so many agents each, after their files were given a last touch. */
  static S3Regions started(int agents, Consumer<SandboxRegion> touch) {
    return new S3Regions(TwoRegions.started(layout().withAgents(agents), touch));
  }

  /** Starts them with the flags of production: to measure. */
  static S3Regions startedAsInProduction() {
    return new S3Regions(TwoRegions.startedAsInProduction(layout(), region -> {}));
  }

  private static SandboxLayout layout() {
    return TwoRegions.layout(EAST, WEST).withStores(Set.of(SandboxStore.S3));
  }

  Buckets bucket(String region) {
    return buckets.computeIfAbsent(region, name -> new Buckets(name, server(name).endpoint()));
  }

  BucketServer server(String region) {
    return regions.region(region).buckets().orElseThrow();
  }

  AgentServer agent(String region, int number) {
    return regions.region(region).agents().get(number);
  }

  TwoRegions regions() {
    return regions;
  }

  /** Stops a region's S3, changes something of it, and starts it again. */
  void whileStopped(String region, Consumer<BucketServer> change) throws InterruptedException {
    BucketServer server = server(region);
    server.process().stop();
    change.accept(server);
    server.process().start();
    server.process().awaitReady(START);
  }

  /** Waits until a flow of the bucket is as wanted, as a region's first agent has it. */
  Bean awaitFlow(String agentRegion, String origin, Duration most, Predicate<Bean> wanted) {
    return regions.awaitFlow(agentRegion, Buckets.NAME, origin, most, wanted);
  }

  /** Waits until both buckets list the same under a prefix and no event is on its way. */
  void awaitSame(String prefix, Duration most) {
    int[] quiet = {0};
    await()
        .atMost(most)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              int before = quiet[0];
              quiet[0] = 0;
              assertThat(bucket(WEST).list(prefix)).isEqualTo(bucket(EAST).list(prefix));
              for (String region : List.of(EAST, WEST)) {
                assertThat(eventsOnTheirWay(region)).as("events of " + region).isZero();
              }
              quiet[0] = before + 1;
              assertThat(quiet[0]).as("looks at which all was quiet").isGreaterThan(2);
            });
  }

  /** Asserts that a comparison of both buckets finds nothing. */
  void assertNoDifference(String prefix) {
    assertThat(BucketComparison.differences(bucket(EAST), bucket(WEST), prefix)).isEmpty();
  }

  private long eventsOnTheirWay(String region) {
    Queues queues = regions.queues(region);
    String[] spooled = server(region).spool().toFile().list();
    Map<QueueAttributeName, String> counts =
        queues
            .client()
            .getQueueAttributes(
                get ->
                    get.queueUrl(queues.url(SandboxBucket.PHOTOS.events()))
                        .attributeNames(
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
            .join()
            .attributes();
    return (spooled == null ? 0 : spooled.length)
        + counts.values().stream().mapToLong(Long::parseLong).sum();
  }

  @Override
  public void close() {
    buckets.values().forEach(Buckets::close);
    regions.close();
  }
}
