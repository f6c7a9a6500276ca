package io.replicator.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A region whose clocks are off is named, with how far. */
class ClockCheckTest {
  private static KafkaBroker broker;
  private static KafkaClients kafka;
  private static int regions;

  private final Region region = new Region("us-west-" + ++regions);

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void clocksThatAgreeAreFine() {
    Finding finding = only(whileAnAgentSpeaks(Duration.ZERO, InstantSource.system()));
    assertThat(finding.level()).isEqualTo(Level.OK);
    assertThat(finding.subject()).isEqualTo("clocks of " + region);
  }

  @Test
  void brokersWhoseClockIsBehindOrAheadAreAWarning() {
    Finding behind = only(whileAnAgentSpeaks(Duration.ZERO, off(10)));
    assertThat(behind.level()).isEqualTo(Level.WARNING);
    assertThat(behind.subject()).isEqualTo("clocks of " + region);
    assertThat(behind.detail()).isEqualTo("the brokers' clock is 10 s behind this machine's");
    assertThat(behind.mend()).contains("NTP");

    assertThat(only(whileAnAgentSpeaks(Duration.ZERO, off(-10))).detail())
        .isEqualTo("the brokers' clock is 10 s ahead of this machine's");
  }

  @Test
  void anAgentWhoseClockIsOffIsNamed() {
    Finding finding = only(whileAnAgentSpeaks(Duration.ofSeconds(10), InstantSource.system()));
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.detail()).isEqualTo("the clock of agent a1 is 10 s ahead of its brokers'");
  }

  @Test
  void whereNoAgentRunsItIsSaidThatNothingCouldBeMeasured() {
    assertThat(only(check(InstantSource.system())).detail()).contains("no agent has run there yet");
    create();
    Finding finding = only(check(InstantSource.system()));
    assertThat(finding.level()).isEqualTo(Level.UNTRIED);
    assertThat(finding.detail()).contains("no agent runs there");
  }

  private static InstantSource off(int seconds) {
    return InstantSource.offset(InstantSource.system(), Duration.ofSeconds(seconds));
  }

  private void create() {
    try (Admin admin = kafka.admin()) {
      new Topics(admin, 1, 1, Duration.ofDays(14)).ensureMirrored(TopicNames.status(region), 1, "");
    }
  }

  private List<Finding> whileAnAgentSpeaks(Duration ahead, InstantSource here) {
    create();
    ScheduledExecutorService agent = Executors.newSingleThreadScheduledExecutor();
    try (Producer<byte[], byte[]> producer = kafka.producer("agent")) {
      var speaking =
          agent.scheduleAtFixedRate(() -> speak(producer, ahead), 0, 100, TimeUnit.MILLISECONDS);
      List<Finding> findings = check(here);
      speaking.cancel(false);
      return findings;
    } finally {
      agent.shutdown();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is lost is not measured
  private void speak(Producer<byte[], byte[]> producer, Duration ahead) {
    long sent = System.currentTimeMillis() + ahead.toMillis();
    String status = "{\"format\":1,\"region\":\"r\",\"agent\":\"a1\",\"sentMillis\":" + sent + "}";
    producer.send(new ProducerRecord<>(TopicNames.status(region), 0, null, status.getBytes(UTF_8)));
  }

  private List<Finding> check(InstantSource clock) {
    Report report = new Report();
    new ClockCheck(new Cluster("kafka", region, true, kafka), clock, report).run();
    return report.findings();
  }

  private static Finding only(List<Finding> findings) {
    assertThat(findings).hasSize(1);
    return findings.get(0);
  }
}
