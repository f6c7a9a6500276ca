package io.replicator.s3;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.s3.model.Event;
import software.amazon.awssdk.services.s3.model.GetBucketNotificationConfigurationResponse;
import software.amazon.awssdk.services.s3.model.QueueConfiguration;

/** The notification check looks whether a bucket's notifications come to where they are read. */
final class NotificationCheck {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration ENOUGH = Duration.ofDays(4);

  private final BucketPlan plan;
  private final NotificationsFrom from;
  private final S3Clients clients;
  private final List<Finding> findings;

  NotificationCheck(
      BucketPlan plan, NotificationsFrom from, S3Clients clients, List<Finding> findings) {
    this.plan = plan;
    this.from = from;
    this.clients = clients;
    this.findings = findings;
  }

  void run() {
    if (from instanceof NotificationsFrom.Queue queue) {
      queue(queue.name());
    } else if (from instanceof NotificationsFrom.Topic topic) {
      add(
          Level.UNTRIED,
          "notifications in topic " + topic.name() + " are configured at the store",
          "see that the store sends ObjectCreated and ObjectRemoved events of the bucket there");
    } else {
      add(
          Level.WARNING,
          "is listed every "
              + ((NotificationsFrom.Listings) from).period().toSeconds()
              + " s:"
              + " changes travel so much later, and what was written and deleted in between never",
          "use notifications if the store has them");
    }
  }

  private void queue(String name) {
    NotificationQueue queue = new NotificationQueue(name, clients.queue());
    Optional<NotificationQueue.Facts> facts = Optional.empty();
    try {
      facts = Optional.of(queue.facts().join());
      retention(name, facts.get());
    } catch (CompletionException e) {
      ReplicationException failure = Failure.of(Action.INSPECT_QUEUE, queue.toString(), e);
      findings.add(new Finding(Level.ERROR, "s3 " + queue, failure.getMessage(), failure.hint()));
    }
    findings.add(
        new Finding(
            Level.UNTRIED,
            "s3 " + queue,
            "sqs:ReceiveMessage and sqs:DeleteMessage cannot be proven to be allowed without"
                + " receiving",
            "see that the agent's policy allows sqs:GetQueueUrl, sqs:GetQueueAttributes,"
                + " sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility on it"));
    configuration(name, facts.flatMap(NotificationQueue.Facts::arn));
  }

  private void retention(String name, NotificationQueue.Facts facts) {
    Duration kept = facts.retention().orElse(ENOUGH);
    String subject = "s3 queue " + name;
    if (kept.compareTo(ENOUGH) < 0) {
      findings.add(
          new Finding(
              kept.compareTo(DAY) < 0 ? Level.ERROR : Level.WARNING,
              subject,
              "keeps notifications for "
                  + kept.toHours()
                  + " h: after so long an outage changes are missed",
              "raise its MessageRetentionPeriod to 14 days (1209600)"));
    } else {
      findings.add(
          new Finding(Level.OK, subject, "is there, " + facts.waiting().orElse(0) + " wait", ""));
    }
    if (!facts.redrives()) {
      findings.add(
          new Finding(
              Level.WARNING,
              subject,
              "has no redrive policy: a message that cannot be read comes again until its retention"
                  + " ends",
              "give it a dead-letter queue with maxReceiveCount 100"));
    }
  }

  private void configuration(String name, Optional<String> arn) {
    GetBucketNotificationConfigurationResponse answer;
    try {
      answer =
          clients
              .here()
              .getBucketNotificationConfiguration(request -> request.bucket(plan.bucket()))
              .join();
    } catch (CompletionException e) {
      add(
          Level.UNTRIED,
          "its notifications cannot be looked at: "
              + Failure.of(Action.INSPECT, plan.toString(), e).getMessage(),
          "see that ObjectCreated and ObjectRemoved events go to queue " + name);
      return;
    }
    List<Event> events =
        answer.queueConfigurations().stream()
            .filter(
                one ->
                    arn.map(one.queueArn()::equals)
                        .orElseGet(() -> one.queueArn().endsWith(":" + name)))
            .map(QueueConfiguration::events)
            .flatMap(List::stream)
            .toList();
    if (events.isEmpty()) {
      boolean roundabout =
          !answer.topicConfigurations().isEmpty() || answer.eventBridgeConfiguration() != null;
      add(
          roundabout ? Level.UNTRIED : Level.ERROR,
          "sends no notifications to queue " + name + (roundabout ? " itself" : ""),
          "add a queue configuration for s3:ObjectCreated:* and s3:ObjectRemoved:*"
              + (plan.tags() ? " and s3:ObjectTagging:*" : ""));
      return;
    }
    expect(events, "s3:ObjectCreated", name);
    if (plan.deletes()) {
      expect(events, "s3:ObjectRemoved", name);
    }
  }

  private void expect(List<Event> events, String kind, String name) {
    if (events.stream().noneMatch(event -> event.toString().equals(kind + ":*"))) {
      add(
          Level.WARNING,
          "does not send all " + kind + " events to queue " + name,
          "add " + kind + ":* to its notifications");
    }
  }

  private void add(Level level, String detail, String mend) {
    findings.add(new Finding(level, "s3 " + plan, detail, mend));
  }
}
