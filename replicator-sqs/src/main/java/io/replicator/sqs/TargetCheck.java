package io.replicator.sqs;

import java.util.Optional;

/** The target check looks for settings by which what is sent would not arrive, or late. */
final class TargetCheck {
  private final QueueFacts facts;
  private final Optional<QueueFacts> source;
  private final QueueReport report;

  /**
   * @param source of the same resource, which is like those of the other regions
   */
  TargetCheck(QueueFacts facts, Optional<QueueFacts> source, QueueReport report) {
    this.facts = facts;
    this.source = source;
    this.report = report;
  }

  void run() {
    long sent = source.map(QueueFacts::largest).orElse(0L);
    if (facts.largest() < sent) {
      report.error(
          "takes messages up to " + facts.largest() + " bytes, the source up to " + sent,
          "raise its MaximumMessageSize to that of the other regions' sources, or longer messages"
              + " become dead letters");
    }
    if (!facts.delay().isZero()) {
      report.warning(
          "delays each message by " + SourceCheck.words(facts.delay()),
          "set its DelaySeconds to 0, unless consumers are to get everything so much later");
    }
  }
}
