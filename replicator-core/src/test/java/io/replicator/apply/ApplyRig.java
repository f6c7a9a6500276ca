package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.reading.Bounds;
import io.replicator.reading.Tail;
import io.replicator.timer.Timer;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Headers;

/**
 * The rig of the apply tests: one flow with topics of its own on a shared broker, a hand that
 * writes its change topic as a capture would, and the apply stations under test.
 */
final class ApplyRig implements AutoCloseable {
  static final Region HERE = new Region("us-west-2");
  static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final AtomicInteger FLOWS = new AtomicInteger();

  final Flow flow = Flow.parse("sqs/q" + FLOWS.incrementAndGet() + "@us-east-1");
  final int partitions;
  final KafkaClients kafka;
  final Admin admin;
  final Producer<byte[], byte[]> producer;
  private final Topics topics;
  OnFailure onFailure = OnFailure.DEFAULT;
  volatile List<Tail> tails = List.of();
  final List<Member> members = new ArrayList<>();
  String incarnation = Stamp.newIncarnation(BEGIN, Stamp.newCapture());
  private Map<Integer, Long> numbers = new HashMap<>();

  /** One agent's apply station with what it reports to. */
  static final class Member {
    final Timer timer = new Timer(2);
    final Figures figures = new Figures(InstantSource.system());
    final Conditions conditions = new Conditions("test");
    Apply apply;
  }

  ApplyRig(KafkaBroker broker, int partitions) {
    this.partitions = partitions;
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
    admin = kafka.admin();
    producer = kafka.producer("test");
    topics = new Topics(admin, 1, 1, Duration.ofDays(14));
    topics.ensureMirrored(topic(), partitions, "");
    topics.ensureJournal(TopicNames.applied(HERE, flow), partitions, "");
    topics.ensureParking(parking(), partitions, "");
    topics.ensureJournal(deadLetters(), 1, "");
  }

  String topic() {
    return TopicNames.changes(flow);
  }

  String deadLetters() {
    return TopicNames.deadLetters(HERE) + "." + flow.resource().name();
  }

  String parking() {
    return TopicNames.parking(HERE, flow);
  }

  Member start(FakeTarget target) {
    return start(target, Bounds.MOST);
  }

  Member start(FakeTarget target, Bounds bounds) {
    Member member = new Member();
    member.apply =
        new Apply(
            flow,
            HERE,
            () -> target.openApplier(flow.origin()),
            target.capabilities().keepsHistory(),
            kafka,
            producer,
            new DeadLetters(deadLetters(), producer, InstantSource.system()),
            member.timer,
            Clocks.system(),
            Duration.ofDays(14),
            onFailure,
            bounds,
            () -> tails,
            member.figures,
            member.conditions);
    member.apply.start();
    members.add(member);
    return member;
  }

  void stop(Member member) {
    members.remove(member);
    member.apply.close();
    member.timer.close();
  }

  /** Deletes the change topic and creates it anew, as an operator might. */
  void recreateTopic() throws Exception {
    admin.deleteTopics(List.of(topic())).all().get();
    topics.ensureMirrored(topic(), partitions, "");
  }

  /** Has a topic take records of so many bytes. */
  void allowRecordsOf(String topic, String bytes) throws Exception {
    set(new ConfigResource(ConfigResource.Type.TOPIC, topic), "max.message.bytes", bytes);
  }

  /** Shortens the time after which the group gives away what a killed member held. */
  void forgetDeadMembersAfter(Duration silence) throws Exception {
    set(
        new ConfigResource(ConfigResource.Type.GROUP, TopicNames.applyGroup(HERE, flow)),
        "consumer.session.timeout.ms",
        Long.toString(silence.toMillis()));
  }

  private void set(ConfigResource what, String name, String value) throws Exception {
    AlterConfigOp entry = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(what, List.of(entry))).all().get();
  }

  /** Begins a new incarnation, as a capture does after a failure or a restart. */
  void reincarnate() {
    incarnation = Stamp.newIncarnation(BEGIN, Stamp.newCapture());
    numbers = new HashMap<>();
  }

  void send(Change change) {
    int partition = Math.floorMod(change.key().hashCode(), partitions);
    send(change, partition, numbers.getOrDefault(partition, 0L) + 1);
  }

  void send(Change change, int partition, long number) {
    numbers.put(partition, number);
    Headers headers = WireFormat.encode(flow, change, new Stamp(incarnation, number));
    raw(partition, change.key().getBytes(UTF_8), change.payload(), headers);
  }

  /** Sends so many changes in turn to so many keys; their ids are key-number. */
  void sendMany(int count, int keys) {
    for (int i = 0; i < count; i++) {
      String key = "k" + i % keys;
      send(io.replicator.fixture.FakeSource.change(key + "-" + i / keys, key));
    }
    producer.flush();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush follows, and tests count what arrives
  void raw(int partition, byte[] key, byte[] value, Headers headers) {
    producer.send(new ProducerRecord<>(topic(), partition, null, key, value, headers));
  }

  void beat(Instant upTo) {
    for (int partition = 0; partition < partitions; partition++) {
      beat(partition, numbers.getOrDefault(partition, 0L), upTo, "topic-1");
    }
  }

  void beat(int partition, long last, Instant upTo, String topicId) {
    Heartbeat heartbeat =
        new Heartbeat(
            new Stamp(incarnation, last), upTo, Optional.of(upTo), Duration.ZERO, false, topicId);
    raw(partition, null, new byte[0], WireFormat.encode(flow, heartbeat));
  }

  /** Returns all that a topic holds. */
  List<ConsumerRecord<byte[], byte[]>> contents(String topic) {
    producer.flush();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer = kafka.assignedConsumer("contents")) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  /** Returns the group's committed offset, 0 if there is none. */
  long committed(int partition) {
    OffsetAndMetadata offset = committed().get(new TopicPartition(topic(), partition));
    return offset == null ? 0 : offset.offset();
  }

  private Map<TopicPartition, OffsetAndMetadata> committed() {
    try {
      return admin
          .listConsumerGroupOffsets(TopicNames.applyGroup(HERE, flow))
          .partitionsToOffsetAndMetadata()
          .get();
    } catch (ExecutionException e) {
      return Map.of();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until everything that stands in the topic now is committed. */
  void awaitCommitted() {
    producer.flush();
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(topic(), partition), 0L);
    }
    try (var consumer = kafka.assignedConsumer("end")) {
      ends.putAll(consumer.endOffsets(ends.keySet()));
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                ends.entrySet().stream()
                    .allMatch(end -> committed(end.getKey().partition()) >= end.getValue()));
  }

  /** Sets the group's offsets to 0; no member may be in it. */
  void rewind() throws Exception {
    Map<TopicPartition, OffsetAndMetadata> zero = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      zero.put(new TopicPartition(topic(), partition), new OffsetAndMetadata(0));
    }
    admin.alterConsumerGroupOffsets(TopicNames.applyGroup(HERE, flow), zero).all().get();
  }

  /** Returns the ids that came after a later one of their key; ids end in "-number". */
  static Set<String> outOfOrder(List<Change> applied) {
    Map<String, Integer> last = new HashMap<>();
    Set<String> wrong = new HashSet<>();
    for (Change change : applied) {
      int number = Integer.parseInt(change.id().substring(change.id().lastIndexOf('-') + 1));
      Integer before = last.put(change.key(), number);
      if (before != null && before > number) {
        wrong.add(change.id());
      }
    }
    return wrong;
  }

  @Override
  public void close() {
    List.copyOf(members).forEach(this::stop);
    producer.close(Duration.ofSeconds(2));
    admin.close(Duration.ofSeconds(2));
  }
}
