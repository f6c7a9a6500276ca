package io.replicator.sqs;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * The queue check looks at a resource's queues without changing anything: whether they are there
 * and may be used, what of their settings will surprise, and whether their server's clock is right.
 */
final class QueueCheck {
  private static final Duration TOLERATED = Duration.ofSeconds(2);

  private final Optional<Queue> source;
  private final Optional<Queue> target;
  private final boolean aws;
  private final InstantSource clock;

  /**
   * @param aws whether the server is SQS itself
   */
  QueueCheck(Optional<Queue> source, Optional<Queue> target, boolean aws, InstantSource clock) {
    this.source = source;
    this.target = target;
    this.aws = aws;
    this.clock = clock;
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    Optional<QueueFacts> drained = Optional.empty();
    if (source.isPresent()) {
      QueueReport report = new QueueReport(source.get());
      drained = look(source.get(), List.of(Action.RECEIVE, Action.DELETE, Action.EXTEND), report);
      drained.ifPresent(facts -> new SourceCheck(facts, report).run());
      findings.addAll(report.findings());
    }
    if (target.isPresent()) {
      QueueReport report = new QueueReport(target.get());
      Optional<QueueFacts> ofSource = drained;
      look(target.get(), List.of(Action.SEND), report)
          .ifPresent(facts -> new TargetCheck(facts, ofSource, report).run());
      findings.addAll(report.findings());
    }
    return findings;
  }

  private Optional<QueueFacts> look(Queue queue, List<Action> actions, QueueReport report) {
    try {
      queue.request(Action.LOOK_UP, (sqs, url) -> CompletableFuture.completedFuture(url)).join();
    } catch (CompletionException e) {
      failed(Action.LOOK_UP, queue, e, report);
      return Optional.empty();
    }
    Optional<QueueFacts> facts = Optional.empty();
    try {
      Instant began = clock.instant();
      GetQueueAttributesResponse answer =
          queue
              .request(
                  Action.INSPECT,
                  (sqs, url) ->
                      sqs.getQueueAttributes(
                          ask -> ask.queueUrl(url).attributeNames(QueueAttributeName.ALL)))
              .join();
      compareClocks(began, answer, report);
      facts = Optional.of(QueueFacts.of(answer.attributes()));
      report.ok("is there, " + facts.get().waiting() + " messages wait");
    } catch (CompletionException e) {
      if (!Failure.isDenied(failed(Action.INSPECT, queue, e, report))) {
        return Optional.empty();
      }
    }
    new RightsCheck(queue, actions, facts, aws, report).run();
    return facts;
  }

  private static ReplicationException failed(
      Action action, Queue queue, CompletionException thrown, QueueReport report) {
    ReplicationException failure = Failure.of(action, queue.name(), thrown);
    String missing = Failure.isDenied(failure) ? "missing " + action.permission() + ": " : "";
    report.error(missing + failure.getMessage(), failure.hint());
    return failure;
  }

  /** The server answered between two looks at our clock, and tells its own in whole seconds. */
  private void compareClocks(Instant began, GetQueueAttributesResponse answer, QueueReport report) {
    Instant ended = clock.instant();
    ServerTime.of(answer)
        .ifPresent(
            told -> {
              Duration ahead = Duration.between(ended, told);
              Duration behind = Duration.between(told.plus(ServerTime.PRECISION), began);
              if (ahead.compareTo(TOLERATED) > 0) {
                report(ahead.toSeconds() + " s ahead of this machine's", report);
              } else if (behind.compareTo(TOLERATED) > 0) {
                report(behind.toSeconds() + " s behind this machine's", report);
              }
            });
  }

  private static void report(String how, QueueReport report) {
    report.add(
        Level.WARNING,
        "clock of sqs",
        "is " + how,
        "keep this machine's clock by NTP or chrony: SQS refuses requests that are minutes off");
  }
}
