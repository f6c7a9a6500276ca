package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.status.Bean;
import io.replicator.model.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;

/**
 * Two regions with the flags of production, in whose west trouble is made: its agent reaches its
 * queues by a link that can be disturbed and a turnstile that counts, and its buckets by a link.
 */
final class TroubledRegions implements AutoCloseable {
  /** The queue whose changes are watched. */
  static final String RESOURCE = "orders";

  /** Their flow. */
  static final Flow FLOW = Flow.parse("sqs/" + RESOURCE + "@" + EAST);

  private static final Duration APART = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofSeconds(60);

  private final TwoRegions regions;
  private final ErrorServer errors = new ErrorServer();
  private final ScheduledExecutorService emptier = Executors.newSingleThreadScheduledExecutor();
  private Turnstile turnstile;
  private LinkProxy queues;
  private Optional<LinkProxy> buckets = Optional.empty();

  TroubledRegions(Set<SandboxStore> stores) {
    regions =
        TwoRegions.startedAsInProduction(
            TwoRegions.layout(EAST, WEST).withStores(stores),
            region -> {
              if (region.name().equals(WEST)) {
                lead(region);
              }
            });
  }

  private void lead(SandboxRegion west) {
    turnstile = new Turnstile(west.queues().orElseThrow().endpoint());
    queues = new LinkProxy(0, turnstile.port());
    buckets = west.buckets().map(server -> new LinkProxy(0, server.endpoint().getPort()));
    Path file = west.agent().configuration();
    try {
      String yaml = Files.readString(file);
      // Not the queues that buckets send their events to.
      String led =
          yaml.replace(
              " endpoint: " + west.queues().orElseThrow().endpoint(),
              " endpoint: http://127.0.0.1:" + queues.port());
      if (buckets.isPresent()) {
        led =
            led.replace(
                " endpoint: " + west.buckets().orElseThrow().endpoint(),
                " endpoint: http://127.0.0.1:" + buckets.get().port());
      }
      assertThat(led).contains(":" + queues.port());
      Files.writeString(file, led);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TwoRegions both() {
    return regions;
  }

  Turnstile turnstile() {
    return turnstile;
  }

  /** Returns the way to the west's buckets. */
  LinkProxy toBuckets() {
    return buckets.orElseThrow();
  }

  /** Has the west's queues hang: connections are accepted, and nothing is ever answered. */
  void hang() {
    queues.stall();
  }

  /** Has every request to the west's queues answered 500, 503 or throttled. */
  void fail() {
    queues.lead(errors.port());
    queues.reset();
  }

  /** Has nobody listen where the west's queues were. */
  void refuse() {
    queues.close();
  }

  /** Ends whatever troubles the west's queues. */
  void heal(boolean refused) {
    if (refused) {
      queues = new LinkProxy(queues.port(), turnstile.port());
      return;
    }
    queues.lead(turnstile.port());
    queues.heal();
    queues.reset();
  }

  /** Begins a steady load of the flow, from its source in the east: changes a second. */
  Load load(String run, int rate) {
    return new Load(regions.queues(EAST), TwoRegions.source(RESOURCE), run, 0, rate, 1);
  }

  /** Returns a bulk capture of the flow, in the east. */
  BulkCapture capture() throws ExecutionException, InterruptedException {
    return new BulkCapture(regions.region(EAST).broker().bootstrap(), FLOW);
  }

  /** Returns the flow's bean in the west; waits while its agent does not answer. */
  Bean flow() {
    return await()
        .atMost(SOON)
        .until(() -> regions.flow(WEST, RESOURCE, EAST), Optional::isPresent)
        .orElseThrow();
  }

  /**
   * Asserts that replicated-up-to has not passed a change. What a bulk capture writes may stand
   * behind a heartbeat of the agent's capture that is a little younger, since neither knows of the
   * other's changes.
   */
  void assertNotPassed(Instant change) {
    String upTo = flow().text("ReplicatedUpTo");
    assertThat(Instant.parse(upTo)).as("replicated-up-to").isBefore(change.plus(APART));
  }

  /** Has the flow stand still in the west. */
  void pause() throws IOException, JMException {
    regions.invoke(WEST, RESOURCE, EAST, "pause");
    regions.awaitFlow(WEST, RESOURCE, EAST, SOON, flow -> flow.text("State").equals("PAUSED"));
  }

  void resume() throws IOException, JMException {
    regions.invoke(WEST, RESOURCE, EAST, "resume");
  }

  /** Has the flow stand still until the west's Kafka has a number of changes of a run. */
  void fill(BulkCapture capture, String run, int count, int bytes) throws Exception {
    pause();
    capture.write(run, count, bytes);
    capture.awaitMirrored(regions.region(WEST).broker().bootstrap());
  }

  /** Returns the JMX of the west's agent. */
  AgentJmx jmx() throws IOException {
    return new AgentJmx(regions.region(WEST).agent().jmxUrl());
  }

  /** Empties the west's queue every few seconds, for its server keeps all messages in memory. */
  void keepEmpty() {
    var unused = emptier.scheduleWithFixedDelay(this::purge, 5, 5, TimeUnit.SECONDS);
  }

  /** Empties the west's queue: what arrived was counted. */
  void purge() {
    Queues west = regions.queues(WEST);
    west.client().purgeQueue(purge -> purge.queueUrl(west.url(RESOURCE))).join();
  }

  @Override
  public void close() {
    emptier.shutdownNow();
    regions.close();
    queues.close();
    buckets.ifPresent(LinkProxy::close);
    turnstile.close();
    errors.close();
  }
}
