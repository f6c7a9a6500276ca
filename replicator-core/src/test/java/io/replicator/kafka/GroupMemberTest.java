package io.replicator.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.KafkaBroker;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Who polls for a group rests while its brokers are away, and reads on behind that. */
class GroupMemberTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration AWAY = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final String TOPIC = "read";

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  @Test
  void whoPollsRestsWhileTheBrokersAreAwayAndReadsOnAfterwards() throws Exception {
    try (KafkaBroker broker = KafkaBroker.started()) {
      KafkaClients kafka =
          new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
      try (Admin admin = kafka.admin()) {
        admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      }
      write(kafka, "before");
      try (Consumer<byte[], byte[]> member = kafka.groupConsumer("member", "members")) {
        member.subscribe(List.of(TOPIC), new FromTheBeginning(member));
        List<String> read = new ArrayList<>();
        await().atMost(LONG).until(() -> poll(member, read).contains("before"));

        broker.stop();
        long used = threads.getCurrentThreadCpuTime();
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < AWAY.toNanos()) {
          poll(member, read);
        }
        Duration spent = Duration.ofNanos(threads.getCurrentThreadCpuTime() - used);
        assertThat(spent).isLessThan(AWAY.dividedBy(5));

        broker.start();
        write(kafka, "after");
        await().atMost(LONG).until(() -> poll(member, read).contains("after"));
        assertThat(read).containsExactly("before", "after");
      }
    }
  }

  private record FromTheBeginning(Consumer<byte[], byte[]> member)
      implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      member.seekToBeginning(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
  }

  private static List<String> poll(Consumer<byte[], byte[]> member, List<String> read) {
    member.poll(POLL).forEach(message -> read.add(new String(message.value(), UTF_8)));
    return read;
  }

  private static void write(KafkaClients kafka, String value) throws Exception {
    try (Producer<byte[], byte[]> producer = kafka.producer("writer")) {
      producer.send(new ProducerRecord<>(TOPIC, 0, null, value.getBytes(UTF_8))).get();
    }
  }
}
