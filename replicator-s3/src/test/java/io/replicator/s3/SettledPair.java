package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.replicator.capture.Capture;
import io.replicator.capture.HintIntake;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.GroupFeed;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.reading.Bounds;
import io.replicator.settle.Inflow;
import io.replicator.settle.Settle;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionFactory;

/**
 * Two regions that settle one bucket, each with a server of its own, as the configuration says and
 * with notifications in a topic; their topics stand on one broker, so that what one tells the other
 * reads without a mirror.
 */
final class SettledPair implements AutoCloseable {
  static final Region EAST = new Region("us-east-1");
  static final Region WEST = new Region("us-west-2");
  private static final int PARTITIONS = 2;
  private static final AtomicInteger RESOURCES = new AtomicInteger();

  private final Resource resource = new Resource("s3", "bucket" + RESOURCES.incrementAndGet());
  private final KafkaClients kafka;
  private final Admin admin;
  private final Producer<byte[], byte[]> producer;
  private final Timer timer = new Timer(2);
  private final List<Runnable> closers = new ArrayList<>();
  final Side east;
  final Side west;

  /** How a store writes its notifications. */
  enum Shape {
    /** With the prefix {@code s3:}, and fields of its own beside the records. */
    MINIO("\"EventName\":\"s3:%1$s\",\"Key\":\"%2$s/%3$s\",", "s3:", "minio:s3"),
    /** Without. */
    CEPH("", "", "ceph:s3");

    private final String beside;
    private final String prefix;
    private final String source;

    Shape(String beside, String prefix, String source) {
      this.beside = beside;
      this.prefix = prefix;
      this.source = source;
    }

    String event(String name, String bucket, String key) {
      String encoded = URLEncoder.encode(key, UTF_8);
      return """
          {%s"Records":[{"eventVersion":"2.2","eventSource":"%s","eventTime":"%s","eventName":"%s",
          "opaque":{"a":[1]},"s3":{"bucket":{"name":"%s"},"object":{"key":"%s","new":null}}}]}"""
          .formatted(
              beside.formatted(name, bucket, encoded),
              source,
              Instant.now(),
              prefix + name,
              bucket,
              encoded);
    }
  }

  /** One of the regions. */
  final class Side {
    private final Region here;
    private final BucketServer server;
    private final Shape shape;
    private Inflow own;

    Side(Region here, BucketServer server, Shape shape) {
      this.here = here;
      this.server = server;
      this.shape = shape;
      server.create(resource.name());
    }

    private String events() {
      return "events-" + here + "-" + resource.name();
    }

    /** A user writes, and the store says so. */
    void put(String key, String text) {
      server.put(resource.name(), key, text.getBytes(UTF_8), Map.of());
      tell(shape.event("ObjectCreated:Put", resource.name(), key));
    }

    /** A user deletes, and the store says so. */
    void remove(String key) {
      server.delete(resource.name(), key);
      tell(shape.event("ObjectRemoved:Delete", resource.name(), key));
    }

    /** The store writes to its topic. */
    void tell(String record) {
      Future<RecordMetadata> sent =
          producer.send(new ProducerRecord<>(events(), record.getBytes(UTF_8)));
      soon().until(sent::isDone);
    }

    Optional<String> text(String key) {
      return server.get(resource.name(), key).map(bytes -> new String(bytes, UTF_8));
    }

    void awaitText(String key, String text) {
      soon().until(() -> text(key).filter(text::equals).isPresent());
    }

    void awaitAbsent(String key) {
      soon().until(() -> text(key).isEmpty());
    }

    /** Waits until so many keys are known to be gone from this region alone. */
    void awaitLost(long count) {
      soon().until(() -> own.lost() == count);
    }

    /** Returns the keys of all that was told to the other region, with what was told. */
    List<String> told() {
      String topic = TopicNames.changes(new Flow(resource, here));
      List<String> told = new ArrayList<>();
      try (var consumer = kafka.assignedConsumer("told")) {
        List<TopicPartition> all =
            consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        while (all.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
          consumer
              .poll(Duration.ofMillis(200))
              .forEach(
                  record -> {
                    if (WireFormat.decode(record.headers(), record.key(), record.value())
                        instanceof Decoded.Captured captured) {
                      told.add(captured.change().kind() + " " + captured.change().key());
                    }
                  });
        }
      }
      return told;
    }

    private void start(Map<String, Object> keys, Side other) {
      List<Problem> problems = new ArrayList<>();
      Map<String, Object> peer = Map.of("endpoint", other.server.endpoint().toString());
      Store store =
          new S3Connector()
              .configure(
                  new Settings(
                      "stores.s3",
                      new HashMap<>(
                          Map.of(
                              "endpoint",
                              server.endpoint().toString(),
                              "peers",
                              Map.of(other.here.name(), peer))),
                      problems),
                  here);
      Map<String, Object> all = new HashMap<>(keys);
      all.put("notifications", Map.of("topic", events()));
      Door.Hints door =
          (Door.Hints)
              store
                  .configure(resource, new Settings("stores.s3.resources.b", all, problems))
                  .door();
      if (!problems.isEmpty()) {
        throw new IllegalArgumentException(problems.toString());
      }
      Capture capture = capture();
      HintIntake intake = new HintIntake(capture, InstantSource.system());
      Settle settle =
          new Settle(
              new Settle.Plan(
                  resource,
                  here,
                  PARTITIONS,
                  1_000,
                  true,
                  false,
                  door.tellsDeletes(),
                  OnFailure.DEFAULT),
              () -> door.openTarget(BodyGate.WIDE),
              Optional.of(intake),
              kafka,
              () -> "topic",
              () -> "ledger",
              timer,
              Clocks.system(),
              Duration.ofDays(14),
              Bounds.MOST);
      own = add(settle, here);
      add(settle, other.here);
      settle.start();
      intake.start(
          door, new GroupFeed(kafka, TopicNames.feedGroup(here, resource), InstantSource.system()));
      closers.addAll(List.of(store::close, settle::close, capture::close));
    }

    private Inflow add(Settle settle, Region origin) {
      return settle.add(
          origin,
          new Figures(InstantSource.system()),
          new Conditions(here + " " + new Flow(resource, origin)),
          List::of);
    }

    private Capture capture() {
      Flow flow = new Flow(resource, here);
      return new Capture(
          Stamp.newCapture(),
          flow,
          TopicNames.hints(here, resource),
          PARTITIONS,
          () -> "topic",
          OptionalLong.empty(),
          Capture.MOST_PENDING_BYTES,
          kafka,
          timer,
          Clocks.system(),
          new Figures(InstantSource.system()),
          new Conditions(flow + " hints"));
    }
  }

  /** Begins to settle, with keys of the resource for each region. */
  SettledPair(
      KafkaBroker broker,
      BucketServer eastServer,
      BucketServer westServer,
      Map<String, Object> eastKeys,
      Map<String, Object> westKeys) {
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
    admin = kafka.admin();
    producer = kafka.producer("store");
    east = new Side(EAST, eastServer, Shape.MINIO);
    west = new Side(WEST, westServer, Shape.CEPH);
    Topics topics = new Topics(admin, 1, 1, Duration.ofDays(14));
    for (Side side : List.of(east, west)) {
      topics.ensureMirrored(TopicNames.changes(new Flow(resource, side.here)), PARTITIONS, "");
      topics.ensureMirrored(TopicNames.hints(side.here, resource), PARTITIONS, "");
      topics.ensureLedger(TopicNames.ledger(side.here, resource), PARTITIONS, "", false);
      for (Side origin : List.of(east, west)) {
        Flow flow = new Flow(resource, origin.here);
        topics.ensureParking(TopicNames.parking(side.here, flow), PARTITIONS, "");
      }
      topics.ensureDeadLetters(TopicNames.deadLetters(side.here));
      topics.ensureDeadLetters(TopicNames.conflicts(side.here));
      admin.createTopics(List.of(new NewTopic(side.events(), 1, (short) 1)));
    }
    east.start(eastKeys, west);
    west.start(westKeys, east);
  }

  static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(100));
  }

  @Override
  public void close() {
    for (int i = closers.size() - 1; i >= 0; i--) {
      closers.get(i).run();
    }
    timer.close();
    producer.close();
    admin.close();
  }
}
