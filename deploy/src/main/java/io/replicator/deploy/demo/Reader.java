package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.QueueClient;
import io.replicator.deploy.sandbox.SandboxResource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * A reader is a region's service that takes its own queue's messages, those of its own region and
 * those of others alike, and compares the others' with what was sent.
 */
final class Reader implements Runnable {
  private static final Duration LONG_POLL = Duration.ofSeconds(5);

  private final String run;
  private final String region;
  private final QueueClient client;
  private final Map<String, Tally> tallies;
  private final DemoEvents events;

  /**
   * @param tallies by origin
   */
  Reader(
      String run,
      String region,
      QueueClient client,
      Map<String, Tally> tallies,
      DemoEvents events) {
    this.run = run;
    this.region = region;
    this.client = client;
    this.tallies = Map.copyOf(tallies);
    this.events = events;
  }

  @Override
  public void run() {
    String queue = SandboxResource.DEMO.target();
    try {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          List<Message> messages = client.receive(queue, 10, LONG_POLL);
          messages.forEach(this::compare);
          client.delete(queue, messages);
        } catch (SdkException e) {
          TimeUnit.MILLISECONDS.sleep(500); // the writer tells of the outage
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end
    }
  }

  private void compare(Message received) {
    DemoMessage message = DemoMessage.of(received).orElse(null);
    if (message == null || !message.run().equals(run)) {
      return; // somebody tries the queue by hand
    }
    Tally tally = tallies.get(message.origin());
    if (tally != null) {
      Tally.Arrival arrival = tally.arrived(message.number(), message.content());
      Duration lag = Duration.between(message.written(), Instant.now());
      events.arrived(message.origin(), region, message.number(), arrival, lag);
    }
  }
}
