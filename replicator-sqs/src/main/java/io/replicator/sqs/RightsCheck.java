package io.replicator.sqs;

import io.replicator.spi.ReplicationException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;

/**
 * The rights check finds out which actions on a queue IAM refuses, by requests that can do nothing:
 * about a message that was never received, or with no message at all.
 *
 * <p>A refusal for lack of the right proves that it is missing. An answer to the request proves
 * that it is there. Where SQS refuses for another reason it may not have looked at rights yet, and
 * receiving cannot be tried on every server without receiving: that is said, with the statement
 * that the policy must have.
 */
final class RightsCheck {
  private static final String ENTRY = "check";

  /** Was never given out, so that no message is meant. */
  private static final String NO_RECEIPT = "replicator-check";

  private static final Verdict ALLOWED = new Verdict(true, Optional.empty());
  private static final Verdict UNPROVEN = new Verdict(false, Optional.empty());

  /** What is known of a right: that it is there, that it is missing, or nothing. */
  private record Verdict(boolean proven, Optional<ReplicationException> denial) {
    static Verdict denied(ReplicationException denial) {
      return new Verdict(true, Optional.of(denial));
    }
  }

  private final Queue queue;
  private final List<Action> actions;
  private final Optional<QueueFacts> facts;
  private final boolean aws;
  private final QueueReport report;

  /**
   * @param actions that the agent needs besides looking the queue up
   * @param facts empty if they may not be read
   * @param aws whether the server is SQS itself, on whose limits one can rely
   */
  RightsCheck(
      Queue queue,
      List<Action> actions,
      Optional<QueueFacts> facts,
      boolean aws,
      QueueReport report) {
    this.queue = queue;
    this.actions = actions;
    this.facts = facts;
    this.aws = aws;
    this.report = report;
  }

  void run() {
    Map<Action, CompletableFuture<Verdict>> answers = new EnumMap<>(Action.class);
    for (Action action : actions) {
      answers.put(action, ask(action).exceptionally(failure -> refused(action, failure)));
    }
    List<Action> unproven = new ArrayList<>();
    answers.forEach(
        (action, answer) -> {
          Verdict verdict = answer.join();
          verdict
              .denial()
              .ifPresent(
                  denial ->
                      report.error(
                          "missing " + action.permission() + ": " + denial.getMessage(),
                          denial.hint()));
          if (!verdict.proven()) {
            unproven.add(action);
          }
        });
    if (!unproven.isEmpty() || facts.flatMap(QueueFacts::kmsKey).isPresent()) {
      report.untried(
          untried(unproven), "see that the agent's policy allows: " + String.join(" ", policy()));
    }
  }

  /** Has the server do what does nothing. */
  private CompletableFuture<Verdict> ask(Action action) {
    return switch (action) {
      case DELETE ->
          queue
              .request(
                  action,
                  (sqs, url) ->
                      sqs.deleteMessageBatch(
                          batch ->
                              batch
                                  .queueUrl(url)
                                  .entries(
                                      DeleteMessageBatchRequestEntry.builder()
                                          .id(ENTRY)
                                          .receiptHandle(NO_RECEIPT)
                                          .build())))
              .thenApply(answer -> answered(action, answer.failed()));
      case EXTEND ->
          queue
              .request(
                  action,
                  (sqs, url) ->
                      sqs.changeMessageVisibilityBatch(
                          batch ->
                              batch
                                  .queueUrl(url)
                                  .entries(
                                      ChangeMessageVisibilityBatchRequestEntry.builder()
                                          .id(ENTRY)
                                          .receiptHandle(NO_RECEIPT)
                                          .visibilityTimeout(30)
                                          .build())))
              .thenApply(answer -> answered(action, answer.failed()));
      case SEND ->
          queue
              .request(
                  action,
                  (sqs, url) ->
                      sqs.sendMessageBatch(batch -> batch.queueUrl(url).entries(List.of())))
              .thenApply(answer -> answered(action, answer.failed()));
      case RECEIVE -> receive();
      case LOOK_UP, INSPECT -> CompletableFuture.completedFuture(ALLOWED); // asked already
    };
  }

  /** SQS refuses to receive no messages; another server may take it for one, which would count. */
  private CompletableFuture<Verdict> receive() {
    if (!aws) {
      return CompletableFuture.completedFuture(UNPROVEN);
    }
    return queue
        .request(
            Action.RECEIVE,
            (sqs, url) -> sqs.receiveMessage(ask -> ask.queueUrl(url).maxNumberOfMessages(0)))
        .thenApply(answer -> ALLOWED);
  }

  private Verdict answered(Action action, List<BatchResultErrorEntry> failed) {
    return failed.stream()
        .filter(Failure::isDenied)
        .findFirst()
        .map(entry -> Verdict.denied(Failure.of(action, queue.name(), entry)))
        .orElse(ALLOWED);
  }

  private Verdict refused(Action action, Throwable thrown) {
    ReplicationException failure = Failure.of(action, queue.name(), thrown);
    return Failure.isDenied(failure) ? Verdict.denied(failure) : UNPROVEN;
  }

  private String untried(List<Action> unproven) {
    Stream<String> names = unproven.stream().map(Action::permission);
    Stream<String> keys =
        facts.flatMap(QueueFacts::kmsKey).isPresent() ? kms().stream() : Stream.empty();
    return Stream.concat(names, keys).collect(Collectors.joining(", "))
        + " cannot be proven to be allowed without touching messages";
  }

  /** The statements that a policy needs for this queue. */
  private List<String> policy() {
    List<String> statements = new ArrayList<>();
    List<String> permissions =
        Stream.concat(Stream.of(Action.LOOK_UP, Action.INSPECT), actions.stream())
            .map(Action::permission)
            .toList();
    statements.add(
        statement(
            permissions, facts.flatMap(QueueFacts::arn).orElse("arn:aws:sqs:*:*:" + queue.name())));
    facts
        .flatMap(QueueFacts::kmsKey)
        .ifPresent(key -> statements.add(statement(kms(), "the ARN of key " + key)));
    return statements;
  }

  private List<String> kms() {
    return actions.contains(Action.SEND)
        ? List.of("kms:GenerateDataKey", "kms:Decrypt")
        : List.of("kms:Decrypt");
  }

  private static String statement(List<String> permissions, String resource) {
    return permissions.stream()
        .map(permission -> '"' + permission + '"')
        .collect(
            Collectors.joining(
                ",", "{\"Effect\":\"Allow\",\"Action\":[", "],\"Resource\":\"" + resource + "\"}"));
  }
}
