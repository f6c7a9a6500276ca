package io.replicator.letters;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.SettleConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.BucketResource;
import io.replicator.fixture.FakeBucket;
import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SentLetters;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The rig of the letter tests: a region of its own with two flows, and an operator. */
final class LetterRig implements AutoCloseable {
  private static final Region PEER = new Region("us-west-2");
  private static final AtomicInteger RIGS = new AtomicInteger();

  final Region here = new Region("us-east-" + RIGS.incrementAndGet());
  final Flow photos = Flow.parse("s3/photos@us-west-2");
  final Flow orders = Flow.parse("sqs/orders@us-west-2");
  final SentLetters sent;
  private final AgentConfig config;

  LetterRig(KafkaBroker broker) {
    sent = new SentLetters(broker, here, photos, orders);
    BucketResource endpoint = new BucketResource(new FakeBucket(here, InstantSource.system()));
    config =
        new AgentConfig(
            here,
            1,
            new KafkaConfig(Map.of("bootstrap.servers", broker.bootstrapServers())),
            new TreeMap<>(),
            new TopicConfig(SentLetters.PARTITIONS, (short) 1, 1, Duration.ofDays(14)),
            JmxConfig.NONE,
            MirrorConfig.DEFAULT,
            List.of(
                store(photos, endpoint, Optional.of(new SettleConfig(1000, false))),
                store(orders, endpoint, Optional.empty())));
  }

  private static StoreConfig store(
      Flow flow, BucketResource endpoint, Optional<SettleConfig> settle) {
    ResourceConfig plain =
        new ResourceConfig(
            flow.resource(),
            endpoint,
            SentLetters.PARTITIONS,
            OptionalLong.empty(),
            List.of(PEER),
            false);
    ResourceConfig resource =
        new ResourceConfig(
            plain.resource(),
            plain.endpoint(),
            plain.partitions(),
            plain.captureRate(),
            plain.from(),
            plain.capture(),
            settle);
    return new StoreConfig(flow.resource().store(), null, List.of(resource), StoreDefinition.NONE);
  }

  LetterBox box() {
    return LetterBox.open(here, sent.kafka());
  }

  Letters read() {
    try (LetterBox box = box()) {
      return box.read();
    }
  }

  Verdicts verdicts() {
    return Verdicts.open(here, sent.kafka(), "ops@bastion", InstantSource.system());
  }

  Ways ways() {
    return Ways.of(config, sent.kafka(), InstantSource.system());
  }

  /** Returns the ways of letters all of which have one. */
  List<Way.Open> open(Collection<Letter> letters) {
    return ways().of(letters).stream().map(Way.Open.class::cast).toList();
  }

  /** Replays what is selected, and returns what that was. */
  List<Long> replay(Selection selection) {
    try (Verdicts verdicts = verdicts();
        LetterBox box = box()) {
      verdicts.replay(box, open(box.read().select(selection)));
      return verdicts.done();
    }
  }

  @Override
  public void close() {
    sent.close();
  }
}
