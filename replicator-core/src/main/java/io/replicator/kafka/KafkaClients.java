package io.replicator.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Opens clients of one Kafka cluster: the operator's options under their own names, and over them
 * the settings on which the promises rest.
 */
public final class KafkaClients {
  /** Far longer than any process lives. */
  private static final Duration REMEMBERED = Duration.ofDays(3_650);

  /** The largest record in bytes: an SQS message of 1 MiB with attributes, and room to spare. */
  public static final int MAX_RECORD_BYTES = 2 << 20;

  /** What a record set aside may take beside the record itself: its reason, and how it came. */
  public static final int DEAD_LETTER_ROOM_BYTES = 128 << 10;

  /**
   * One request at a time. A broker that does not know a producer takes its first records whatever
   * their number: where it refuses a request while it starts and takes the one behind it, the first
   * is refused for good, and its sender waits for ever (KAFKA-15591).
   */
  private static final int IN_ORDER = 1;

  private final Map<String, String> options;
  private final String name;
  private final Opener opener;
  private final int fetchBytes;

  /** An opener makes the clients, each with all its settings. */
  public interface Opener {
    Producer<byte[], byte[]> producer(Map<String, Object> settings);

    /** Makes a consumer that is told which partitions to read. */
    Consumer<byte[], byte[]> consumer(Map<String, Object> settings);

    /** Makes a consumer that is given partitions by its group. */
    Consumer<byte[], byte[]> member(Map<String, Object> settings);
  }

  /** The opener of the clients that talk to a cluster. */
  private record Wired() implements Opener {
    @Override
    public Producer<byte[], byte[]> producer(Map<String, Object> settings) {
      return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
      return new KafkaConsumer<>(
          settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> member(Map<String, Object> settings) {
      return new GroupMember(settings);
    }
  }

  /**
   * @param options the operator's
   * @param name of the agent, which begins every client id
   */
  public KafkaClients(Map<String, String> options, String name) {
    this(options, name, new Wired());
  }

  /**
   * @param opener makes the producers and consumers, where they are not to talk to a cluster
   */
  public KafkaClients(Map<String, String> options, String name, Opener opener) {
    this(Map.copyOf(options), name, opener, MAX_RECORD_BYTES);
  }

  private KafkaClients(Map<String, String> options, String name, Opener opener, int fetchBytes) {
    this.options = options;
    this.name = name;
    this.opener = opener;
    this.fetchBytes = fetchBytes;
  }

  /**
   * Returns the same, but consumers fetch no more of a partition at once, and thus keep no more of
   * it in memory before it is taken; a single record may be larger.
   */
  public KafkaClients fetching(int bytes) {
    return new KafkaClients(options, name, opener, bytes);
  }

  /** Returns where the cluster is, as configured. */
  public String bootstrapServers() {
    return options.getOrDefault("bootstrap.servers", "");
  }

  /** Opens an admin client whose calls end within 15 s. */
  public Admin admin() {
    Map<String, Object> settings = base("admin");
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 15_000);
    return Admin.create(settings);
  }

  /**
   * Opens a producer that never gives up and never reorders: a send is acknowledged by all in-sync
   * replicas, is written once, and waits as long as the cluster is away.
   */
  public Producer<byte[], byte[]> producer(String purpose) {
    return producer(base(purpose));
  }

  /**
   * Opens a producer as {@link #producer} does whose sends never wait for a cluster that is away:
   * it holds on to the brokers that it knew, and does not ask anew where the cluster is. For an
   * owner that leaves it behind when that takes too long.
   */
  public Producer<byte[], byte[]> mortalProducer(String purpose) {
    Map<String, Object> settings = base(purpose);
    settings.put(
        CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, MetadataRecoveryStrategy.NONE.name);
    return producer(settings);
  }

  /**
   * Opens a producer whose records become visible transaction by transaction. It gives up early
   * where others wait, since its owner begins a transaction again that came to nothing.
   *
   * @param id known to the brokers; whoever opens one with the same id ends the one before
   */
  public Producer<byte[], byte[]> transactionalProducer(String purpose, String id) {
    Map<String, Object> settings = base(purpose);
    settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, 64 << 10);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, IN_ORDER);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 9_000);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 4_000);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_RECORD_BYTES + DEAD_LETTER_ROOM_BYTES);
    return opener.producer(settings);
  }

  private Producer<byte[], byte[]> producer(Map<String, Object> settings) {
    // A topic that is forgotten is asked for again by whoever writes to it next: on the producer's
    // own thread that would keep itself waiting, and all who share it.
    settings.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, REMEMBERED.toMillis());
    settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 2);
    settings.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, 64 << 10);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, IN_ORDER);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_RECORD_BYTES + DEAD_LETTER_ROOM_BYTES);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
    return opener.producer(settings);
  }

  /**
   * Opens a member of a consumer group that commits only what it is told to, and never starts
   * afresh where its offsets are lost.
   */
  public Consumer<byte[], byte[]> groupConsumer(String purpose, String group) {
    Map<String, Object> settings = consumerSettings(purpose);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    settings.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    return opener.member(settings);
  }

  /**
   * Opens a member as {@link #groupConsumer} does, in a group that gives each member the same
   * partition numbers of all topics.
   */
  public Consumer<byte[], byte[]> copartitionedConsumer(String purpose, String group) {
    Map<String, Object> settings = consumerSettings(purpose);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    settings.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    settings.put(ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG, "range");
    return opener.member(settings);
  }

  /** Opens a consumer that is told which partitions to read, and from where. */
  public Consumer<byte[], byte[]> assignedConsumer(String purpose) {
    return opener.consumer(consumerSettings(purpose));
  }

  /**
   * Returns where partitions end, with all that was written, also by transactions that are still
   * open: what a consumer of ours calls the end lies before the first of those. Blocks.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    Map<String, Object> settings = consumerSettings("ends");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    try (Consumer<byte[], byte[]> consumer = opener.consumer(settings)) {
      return consumer.endOffsets(partitions);
    }
  }

  private Map<String, Object> consumerSettings(String purpose) {
    Map<String, Object> settings = base(purpose);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, fetchBytes);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 * fetchBytes);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 500);
    settings.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) Duration.ofSeconds(20).toMillis());
    return settings;
  }

  private Map<String, Object> base(String purpose) {
    Map<String, Object> settings = new HashMap<>(options);
    settings.put("client.id", name + "-" + purpose);
    settings.put("reconnect.backoff.max.ms", 1_000);
    return settings;
  }
}
