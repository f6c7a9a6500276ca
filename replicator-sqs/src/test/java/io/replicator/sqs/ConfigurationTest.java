package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Connector;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** What is configured wrongly is refused, with key, value and mend. */
class ConfigurationTest {
  private final List<Problem> problems = new ArrayList<>();
  private final Store store =
      new SqsConnector().configure(settings("stores.sqs", Map.of()), new Region("us-east-1"));

  @Test
  void theConnectorIsFound() {
    assertThat(ServiceLoader.load(Connector.class).stream().map(ServiceLoader.Provider::type))
        .contains(SqsConnector.class);
  }

  @Test
  void aCopyOfTheTrafficIsAccepted() {
    StoreResource orders = configure("orders", "orders-replication", "orders");
    configure("events", "events-replication.fifo", "events.fifo");
    assertThat(problems).isEmpty();
    assertThat(orders.captures()).isTrue();
    assertThat(orders.applies()).isTrue();
    assertThat(orders.capabilities().keepsHistory()).isFalse();
  }

  @Test
  void oneEndIsEnough() {
    StoreResource out = configure("out", Map.of("source", "out-replication"));
    StoreResource in = configure("in", Map.of("target", "in"));
    assertThat(problems).isEmpty();
    assertThat(out.applies()).isFalse();
    assertThat(in.captures()).isFalse();

    configure("none", Map.of());
    assertThat(problem().key()).isEqualTo("stores.sqs.resources.none.source");
  }

  @Test
  void endsThatAreAskedForMustBeNamed() {
    configure("in", Map.of("target", "in", "capture", true));
    assertThat(problem().key()).endsWith("in.capture");
    configure("out", Map.of("source", "out-replication", "from", List.of("us-west-2")));
    assertThat(problem().key()).endsWith("out.from");
  }

  @Test
  void aQueueIsDeliveredInItsOwnRegionOnlyIfThatIsSaid() {
    assertThat(configure("orders", "orders-replication", "orders").appliesOwn()).isFalse();
    assertThat(configure("mails", everywhere("mails-in", "mails")).appliesOwn()).isTrue();
    assertThat(problems).isEmpty();

    configure("typo", Map.of("source", "a", "target", "b", "deliver", "everwhere"));
    assertThat(problem().key()).endsWith("typo.deliver");
    assertThat(last().mend()).contains("did you mean 'everywhere'?");
  }

  @Test
  void aDeliveryEverywhereNeedsBothEndsAndCapture() {
    configure("out", Map.of("source", "out-in", "deliver", "everywhere"));
    assertThat(problem().key()).endsWith("out.deliver");
    assertThat(last().mend()).contains("needs a target");
    configure("in", Map.of("target", "in", "deliver", "everywhere"));
    assertThat(problem().mend()).contains("needs a source");
    configure(
        "deaf", Map.of("source", "a", "target", "b", "deliver", "everywhere", "capture", false));
    assertThat(problem().key()).endsWith("deaf.capture");
  }

  @Test
  void loopsOfADeliveryEverywhereAreRefused() {
    configure("orders", everywhere("orders.fifo", "orders.fifo"));
    assertThat(problem().key()).endsWith("orders.target");
    assertThat(last().mend()).contains("go round", "such as orders-in.fifo");
    configure("a", everywhere("x", "y"));
    assertThat(problems).isEmpty();
    configure("b", everywhere("y", "z"));
    assertThat(problem().key()).endsWith("b.source");
    configure("c", everywhere("w", "x"));
    assertThat(problem().key()).endsWith("c.target");
  }

  @Test
  void loopsAreRefused() {
    configure("orders", "orders", "orders");
    assertThat(problem())
        .isEqualTo(new Problem("stores.sqs.resources.orders.target", "'orders'", last().mend()));
    assertThat(last().mend()).contains("go round", "orders-replication");
  }

  @Test
  void loopsThroughTwoResourcesAreRefused() {
    configure("a", "x", "y");
    assertThat(problems).isEmpty();
    configure("b", "y", "z");
    assertThat(problem().key()).endsWith("b.source");
    assertThat(last().mend()).contains("sqs/a");
    configure("c", "w", "x");
    assertThat(problem().key()).endsWith("c.target");
    assertThat(last().mend()).contains("sqs/a");
  }

  @Test
  void aSourceIsDrainedByOneResourceOnly() {
    configure("a", "x", "y");
    configure("b", "x", "z");
    assertThat(problem().key()).endsWith("b.source");
  }

  @Test
  void fifoAndStandardDoNotMix() {
    configure("a", "x.fifo", "y");
    assertThat(problem().value()).isEqualTo("'y'");
    assertThat(last().mend()).contains("FIFO");
    configure("b", "x", "y.fifo");
    assertThat(problem().mend()).contains("standard");
  }

  @Test
  void badQueueNamesAreRefused() {
    configure("a", "https://sqs.us-east-1.amazonaws.com/1/orders", "y");
    assertThat(problem().mend()).contains("not its URL");
    configure("b", "or ders", "y");
    assertThat(problem().mend()).contains("1 to 80");
    configure("c", "x".repeat(81), "y");
    assertThat(problem().key()).endsWith("c.source");
  }

  @Test
  void badEndpointsAndRegionsAreRefused() {
    connect(Map.of("endpoint", "localhost:9324"), "us-east-1");
    assertThat(problem().key()).isEqualTo("stores.sqs.endpoint");
    connect(Map.of("aws-region", "Frankfurt"), "eu");
    assertThat(problem().value()).isEqualTo("'Frankfurt'");
    connect(Map.of(), "eu");
    assertThat(problem().mend()).contains("is required", "'eu'");
    connect(Map.of("endpoint", "http://127.0.0.1:9324"), "eu");
    assertThat(problems).isEmpty();
  }

  private void connect(Map<String, Object> values, String region) {
    new SqsConnector().configure(settings("stores.sqs", values), new Region(region)).close();
  }

  private static Map<String, Object> everywhere(String source, String target) {
    return Map.of("source", source, "target", target, "deliver", "everywhere");
  }

  private StoreResource configure(String name, String source, String target) {
    return configure(name, Map.of("source", source, "target", target));
  }

  private StoreResource configure(String name, Map<String, Object> values) {
    return store.configure(
        new Resource("sqs", name), settings("stores.sqs.resources." + name, values));
  }

  private Settings settings(String path, Map<String, Object> values) {
    return new Settings(path, values, problems);
  }

  private Problem last;

  /** The one problem since the last look. */
  private Problem problem() {
    assertThat(problems).hasSize(1);
    last = problems.get(0);
    problems.clear();
    return last;
  }

  private Problem last() {
    return last == null ? problems.get(0) : last;
  }
}
