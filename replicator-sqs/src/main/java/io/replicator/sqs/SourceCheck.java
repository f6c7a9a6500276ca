package io.replicator.sqs;

import java.time.Duration;

/**
 * The source check looks for settings by which the queue that is captured from would lose messages,
 * or set them aside, while the agents or their Kafka are away.
 */
final class SourceCheck {
  /** With fewer, a few crashes of agents set messages aside. */
  private static final int FEW_RECEIVES = 10;

  /** With fewer, one crash and a restart do. */
  private static final int HARDLY_ANY_RECEIVES = 3;

  /** SQS's own default. */
  private static final Duration SHORT_RETENTION = Duration.ofDays(4);

  private static final Duration NO_RETENTION = Duration.ofHours(1);
  private static final Duration SHORT_VISIBILITY = Duration.ofSeconds(10);

  private final QueueFacts facts;
  private final QueueReport report;

  SourceCheck(QueueFacts facts, QueueReport report) {
    this.facts = facts;
    this.report = report;
  }

  void run() {
    retention();
    redrive();
    visibility();
    delay();
  }

  private void retention() {
    String detail =
        "keeps messages for "
            + words(facts.retention())
            + ": after so long an outage of the agents or of their Kafka what waits is lost";
    String mend = "raise its MessageRetentionPeriod to 4 days or more (345600; 14 days at most)";
    if (facts.retention().compareTo(NO_RETENTION) < 0) {
      report.error(detail, mend);
    } else if (facts.retention().compareTo(SHORT_RETENTION) < 0) {
      report.warning(detail, mend);
    }
  }

  private void redrive() {
    if (facts.maxReceives().isEmpty()) {
      return;
    }
    int receives = facts.maxReceives().getAsInt();
    String detail =
        "sets a message aside after "
            + receives
            + " receives: what is in hand when an agent crashes counts as received, and what is set"
            + " aside does not reach the other regions";
    String mend =
        "raise maxReceiveCount of its redrive policy to "
            + FEW_RECEIVES
            + " or more, or take the policy away";
    if (receives < HARDLY_ANY_RECEIVES) {
      report.error(detail, mend);
    } else if (receives < FEW_RECEIVES) {
      report.warning(detail, mend);
    } else {
      report.ok(
          "sets a message aside after "
              + receives
              + " receives; look into its dead-letter queue after outages");
    }
  }

  private void visibility() {
    // None at all is taken as none of the queue's own: the agent then sets one.
    if (!facts.visibility().isZero() && facts.visibility().compareTo(SHORT_VISIBILITY) < 0) {
      report.warning(
          "lets a received message be received again after " + words(facts.visibility()),
          "raise its VisibilityTimeout to 30: a pause of the agent as long makes messages repeat");
    }
  }

  private void delay() {
    if (!facts.delay().isZero()) {
      report.warning(
          "delays each message by " + words(facts.delay()),
          "set its DelaySeconds to 0: other regions get everything so much later");
    }
  }

  static String words(Duration duration) {
    if (duration.toSeconds() % 86_400 == 0) {
      return duration.toDays() + " d";
    }
    if (duration.toSeconds() % 3_600 == 0) {
      return duration.toHours() + " h";
    }
    return duration.toSeconds() % 60 == 0
        ? duration.toMinutes() + " min"
        : duration.toSeconds() + " s";
  }
}
