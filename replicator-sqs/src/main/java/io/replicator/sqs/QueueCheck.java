package io.replicator.sqs;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * The queue check looks at a resource's queues without changing anything: whether they are there
 * and may be read, and what of their settings will surprise.
 */
final class QueueCheck {
  private static final int FEW_RECEIVES = 10;
  private static final Duration SHORT_RETENTION = Duration.ofDays(4);

  private final Optional<Queue> source;
  private final Optional<Queue> target;
  private final List<Finding> findings = new ArrayList<>();

  QueueCheck(Optional<Queue> source, Optional<Queue> target) {
    this.source = source;
    this.target = target;
  }

  List<Finding> findings() {
    Optional<QueueFacts> drained = source.flatMap(this::facts);
    Optional<QueueFacts> sentTo = target.flatMap(this::facts);
    drained.ifPresent(facts -> checkSource(source.orElseThrow(), facts));
    if (drained.isPresent()
        && sentTo.isPresent()
        && sentTo.get().largest() < drained.get().largest()) {
      warn(
          target.orElseThrow(),
          "takes messages up to "
              + sentTo.get().largest()
              + " bytes, the source up to "
              + drained.get().largest(),
          "raise its MaximumMessageSize to that of the other regions' sources, or longer messages"
              + " become dead letters");
    }
    return List.copyOf(findings);
  }

  private Optional<QueueFacts> facts(Queue queue) {
    try {
      QueueFacts facts = queue.facts().join();
      add(Level.OK, queue, "is there, " + facts.waiting() + " messages wait", "");
      return Optional.of(facts);
    } catch (CompletionException e) {
      ReplicationException failure = Failure.of(Action.INSPECT, queue.name(), e);
      add(Level.ERROR, queue, failure.getMessage(), failure.hint());
      return Optional.empty();
    }
  }

  private void checkSource(Queue queue, QueueFacts facts) {
    if (facts.maxReceives().isPresent() && facts.maxReceives().getAsInt() < FEW_RECEIVES) {
      warn(
          queue,
          "sets a message aside after " + facts.maxReceives().getAsInt() + " receives",
          "raise maxReceiveCount of its redrive policy to "
              + FEW_RECEIVES
              + " or more: each crash of an agent is a receive");
    }
    if (facts.retention().compareTo(SHORT_RETENTION) < 0) {
      warn(
          queue,
          "keeps messages for " + facts.retention().toHours() + " h only",
          "raise its MessageRetentionPeriod to 4 days or more: what is not captured by then is"
              + " lost");
    }
  }

  private void warn(Queue queue, String detail, String mend) {
    add(Level.WARNING, queue, detail, mend);
  }

  private void add(Level level, Queue queue, String detail, String mend) {
    findings.add(new Finding(level, "sqs " + queue, detail, mend));
  }
}
