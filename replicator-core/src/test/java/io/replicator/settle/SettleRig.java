package io.replicator.settle;

import static org.awaitility.Awaitility.await;

import io.replicator.capture.Capture;
import io.replicator.capture.HintIntake;
import io.replicator.fixture.FakeBucket;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Hint;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.reading.Bounds;
import io.replicator.reading.Tail;
import io.replicator.spi.BodyGate;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.Listing;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.StoreResource.Door;
import io.replicator.spi.TopicFeed;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionFactory;

/**
 * The rig of the settle tests: two regions with a bucket in memory each, whose topics stand on one
 * real broker, so that what one tells the other reads without a mirror.
 */
final class SettleRig implements AutoCloseable {
  static final Region EAST = new Region("us-east-1");
  static final Region WEST = new Region("us-west-2");
  static final int PARTITIONS = 3;
  private static final AtomicInteger RESOURCES = new AtomicInteger();

  final Resource resource = new Resource("s3", "bucket" + RESOURCES.incrementAndGet());
  final KafkaClients kafka;
  final Admin admin;
  final Map<Region, FakeBucket> buckets = new LinkedHashMap<>();
  volatile boolean mute;
  volatile OnFailure onFailure = OnFailure.DEFAULT;
  volatile List<Tail> tails = List.of();
  volatile Bounds bounds = Bounds.MOST;

  /** By how much the stations' steady clock is further than it should be. */
  volatile Duration ahead = Duration.ZERO;

  final List<Agent> agents = new CopyOnWriteArrayList<>();
  private final Timer timer = new Timer(2);
  private final Topics topics;
  private final TopicIds ids;

  /** One agent's station of the resource, with what it reports to. */
  final class Agent implements AutoCloseable {
    final Region here;
    final Map<Region, Figures> figures = new LinkedHashMap<>();
    final Map<Region, Conditions> conditions = new LinkedHashMap<>();
    final Map<Region, Inflow> inflows = new LinkedHashMap<>();
    final Capture capture;
    final HintIntake intake;
    final Settle settle;
    volatile HintSink sink;

    Agent(Region here, int mostDeletes, boolean receiveOnly) {
      this.here = here;
      Flow own = new Flow(resource, here);
      capture =
          new Capture(
              Stamp.newCapture(),
              own,
              TopicNames.hints(here, resource),
              PARTITIONS,
              () -> ids.get(TopicNames.hints(here, resource)),
              OptionalLong.empty(),
              Capture.MOST_PENDING_BYTES,
              kafka,
              timer,
              Clocks.system(),
              new Figures(InstantSource.system()),
              new Conditions(own + " hints"));
      intake = new HintIntake(capture, InstantSource.system());
      settle =
          new Settle(
              new Settle.Plan(
                  resource, here, PARTITIONS, mostDeletes, true, receiveOnly, true, onFailure),
              () -> door().openTarget(BodyGate.WIDE),
              Optional.of(intake),
              kafka,
              () -> "topic",
              () -> ids.get(TopicNames.ledger(here, resource)),
              timer,
              new Clocks(
                  InstantSource.system(), () -> Clocks.system().steady().instant().plus(ahead)),
              Duration.ofDays(14),
              bounds);
      for (Region origin : List.of(here, here.equals(EAST) ? WEST : EAST)) {
        figures.put(origin, new Figures(InstantSource.system()));
        conditions.put(origin, new Conditions(new Flow(resource, origin).toString()));
        inflows.put(
            origin, settle.add(origin, figures.get(origin), conditions.get(origin), () -> tails));
      }
      settle.start();
      intake.start(door(), null);
      agents.add(this);
    }

    private Door.Hints door() {
      return new Door.Hints() {
        @Override
        public HintSource open(HintSink hints, TopicFeed topics) {
          sink = hints;
          return new HintSource() {
            @Override
            public SourceStatus status() {
              return new SourceStatus(
                  Optional.of(Instant.now()),
                  OptionalLong.of(0),
                  Optional.empty(),
                  Duration.ZERO,
                  Condition.RUNNING);
            }

            @Override
            public void close() {
              sink = null;
            }
          };
        }

        @Override
        public SettleTarget openTarget(BodyGate bodies) {
          return buckets.get(here);
        }

        @Override
        public Listing list(Hint.Kind kind, String prefix, String after, HintSink hints) {
          throw new AssertionError("not listed in these tests");
        }
      };
    }

    Condition condition(Region origin) {
      return conditions.get(origin).present();
    }

    @Override
    public void close() {
      agents.remove(this);
      capture.close();
      settle.close();
    }
  }

  SettleRig(KafkaBroker broker) {
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
    admin = kafka.admin();
    topics = new Topics(admin, 1, 1, Duration.ofDays(14));
    Map<String, String> known = new HashMap<>();
    for (Region region : List.of(EAST, WEST)) {
      topics.ensureMirrored(TopicNames.changes(new Flow(resource, region)), PARTITIONS, "");
      known.put(TopicNames.hints(region, resource), ensureHints(region));
      known.put(TopicNames.ledger(region, resource), ensureLedger(region));
      for (Region origin : List.of(EAST, WEST)) {
        Flow flow = new Flow(resource, origin);
        topics.ensureParking(TopicNames.parking(region, flow), PARTITIONS, "");
      }
      topics.ensureDeadLetters(TopicNames.deadLetters(region));
      topics.ensureDeadLetters(TopicNames.conflicts(region));
      FakeBucket bucket = new FakeBucket(region, InstantSource.system());
      bucket.onNotification(hint -> notify(region, hint));
      buckets.put(region, bucket);
    }
    ids = new TopicIds(admin, known, timer);
    buckets.get(EAST).peer(WEST, buckets.get(WEST));
    buckets.get(WEST).peer(EAST, buckets.get(EAST));
  }

  private String ensureHints(Region region) {
    return topics.ensureMirrored(TopicNames.hints(region, resource), PARTITIONS, "");
  }

  private String ensureLedger(Region region) {
    return topics.ensureLedger(TopicNames.ledger(region, resource), PARTITIONS, "", false);
  }

  /** Deletes a region's hints and creates their topic anew, as an operator might. */
  void recreateHints(Region region) throws Exception {
    delete(TopicNames.hints(region, resource));
    ensureHints(region);
  }

  /** Likewise its ledger. */
  void recreateLedger(Region region) throws Exception {
    delete(TopicNames.ledger(region, resource));
    ensureLedger(region);
  }

  private void delete(String topic) throws Exception {
    admin.deleteTopics(List.of(topic)).all().get();
  }

  /** Starts an agent in each region. */
  SettleRig start() {
    start(EAST);
    start(WEST);
    return this;
  }

  Agent start(Region region) {
    return new Agent(region, 1_000, false);
  }

  FakeBucket east() {
    return buckets.get(EAST);
  }

  FakeBucket west() {
    return buckets.get(WEST);
  }

  Agent agent(Region region) {
    return agents.stream().filter(agent -> agent.here.equals(region)).findFirst().orElseThrow();
  }

  static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
  }

  /** The region's first agent that takes hints gets it, as from a shared queue; late if need be. */
  private void notify(Region region, Hint hint) {
    if (mute) {
      return;
    }
    for (Agent agent : List.copyOf(agents)) {
      HintSink sink = agent.sink;
      if (agent.here.equals(region) && sink != null) {
        sink.offer(hint);
        return;
      }
    }
    timer.after(Duration.ofMillis(200), () -> notify(region, hint));
  }

  /** Waits until both buckets hold the same and nothing is under way. */
  void awaitEqual() {
    soon()
        .until(
            () ->
                east().fingerprints().equals(west().fingerprints())
                    && agents.stream()
                        .flatMap(agent -> agent.inflows.values().stream())
                        .allMatch(inflow -> inflow.waiting() == 0));
  }

  void awaitState(Region at, Region origin, FlowState state) {
    soon().until(() -> agent(at).condition(origin).state() == state);
  }

  /** Returns the changes that a region has told. */
  List<Decoded.Captured> told(Region region) {
    return records(TopicNames.changes(new Flow(resource, region))).stream()
        .map(record -> WireFormat.decode(record.headers(), record.key(), record.value()))
        .filter(Decoded.Captured.class::isInstance)
        .map(Decoded.Captured.class::cast)
        .toList();
  }

  /** Returns all that a topic holds. */
  List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer = kafka.assignedConsumer("records")) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  /** Returns the end of a topic's partition. */
  long end(String topic, int partition) throws Exception {
    TopicPartition place = new TopicPartition(topic, partition);
    return admin
        .listOffsets(Map.of(place, OffsetSpec.latest()))
        .partitionResult(place)
        .get()
        .offset();
  }

  @Override
  public void close() {
    List.copyOf(agents).forEach(Agent::close);
    ids.close();
    timer.close();
    admin.close();
  }
}
