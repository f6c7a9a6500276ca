package io.replicator.sqs;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;

/**
 * Failure sorts what SQS and its client answer into the four kinds, and finds the hint.
 *
 * <p>Only what is known to be a message's own fault is POISON: an unknown refusal counts as the
 * queue's, because a change that becomes a dead letter wrongly is worse than a flow that waits.
 */
final class Failure {
  private static final Set<String> MESSAGE_FAULTS =
      Set.of(
          "InvalidMessageContents",
          "InvalidParameterValue",
          "InvalidParameterCombination",
          "InvalidAttributeName",
          "InvalidAttributeValue",
          "MissingParameter",
          "MessageTooLong",
          "BatchRequestTooLong");
  private static final Set<String> CREDENTIAL_FAULTS =
      Set.of(
          "InvalidClientTokenId",
          "UnrecognizedClientException",
          "SignatureDoesNotMatch",
          "InvalidSignatureException",
          "IncompleteSignature",
          "MissingAuthenticationToken",
          "InvalidAccessKeyId",
          "ExpiredToken",
          "ExpiredTokenException",
          "RequestExpired",
          "InvalidSecurity",
          "AuthFailure");

  private static final String REACH =
      "see that the SQS endpoint can be reached from here: its address, its network, its health";

  private Failure() {}

  /** Returns what became of a whole request. */
  static ReplicationException of(Action action, QueueName queue, Throwable thrown) {
    Throwable failure = unwrap(thrown);
    if (failure instanceof ReplicationException known) {
      return known;
    }
    if (failure instanceof AwsServiceException answer && answer.awsErrorDetails() != null) {
      Kind otherwise =
          answer.statusCode() >= 500 || answer.isThrottlingException()
              ? Kind.TRANSIENT
              : Kind.BLOCKED;
      return of(
          action,
          queue,
          answer.awsErrorDetails().errorCode(),
          answer.awsErrorDetails().errorMessage(),
          otherwise,
          answer);
    }
    String what = "cannot " + action + " at queue " + queue + ": " + reason(failure);
    if (failure instanceof SdkClientException && reason(failure).contains("credentials")) {
      // The client tells of each place where it looked, at a screen's length.
      return new ReplicationException(
          Kind.BLOCKED,
          "cannot " + action + " at queue " + queue + ": no AWS credentials were found",
          "give this agent AWS credentials: by its role, its profile, or the variables"
              + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
          failure);
    }
    return new ReplicationException(Kind.TRANSIENT, what, REACH, failure);
  }

  /** Returns what is the matter with a request that has had no answer for so long. */
  static ReplicationException silent(Action action, QueueName queue, Duration time) {
    return new ReplicationException(
        Kind.TRANSIENT,
        "cannot "
            + action
            + " at queue "
            + queue
            + ": no answer for more than "
            + time.toSeconds()
            + " s",
        REACH,
        null);
  }

  /** Returns what became of one entry of a batch. */
  static ReplicationException of(Action action, QueueName queue, BatchResultErrorEntry entry) {
    return of(
        action,
        queue,
        entry.code(),
        entry.message(),
        Boolean.TRUE.equals(entry.senderFault()) ? Kind.BLOCKED : Kind.TRANSIENT,
        null);
  }

  private static ReplicationException of(
      Action action,
      QueueName queue,
      String fullCode,
      String message,
      Kind otherwise,
      Throwable cause) {
    String code = bare(fullCode);
    String what = "cannot " + action + " at queue " + queue + ": " + code + ": " + message;
    if (isMissingQueue(code)) {
      return new ReplicationException(
          Kind.BLOCKED,
          what,
          "create the queue " + queue + " in this region, or mend its name in the configuration",
          cause);
    }
    if (code.startsWith("Kms")) {
      return new ReplicationException(
          code.contains("Throttl") ? Kind.TRANSIENT : Kind.BLOCKED,
          what,
          "enable the KMS key of queue "
              + queue
              + " and allow this agent kms:Decrypt and kms:GenerateDataKey on it",
          cause);
    }
    if (CREDENTIAL_FAULTS.contains(code)) {
      return new ReplicationException(
          Kind.BLOCKED,
          what,
          "SQS does not know this agent's AWS credentials: renew them, and see that the clock is"
              + " right",
          cause);
    }
    if (isDenied(code)) {
      return new ReplicationException(
          Kind.BLOCKED,
          what,
          "allow this agent the action " + action.permission() + " on queue " + queue,
          cause);
    }
    if (code.equals("OverLimit")) {
      return new ReplicationException(
          Kind.BLOCKED,
          what,
          "a quota of queue " + queue + " is used up: raise it, or wait",
          cause);
    }
    if (isThrottling(code)) {
      return new ReplicationException(
          Kind.TRANSIENT, what, "SQS throttles: it passes, or the quota must be raised", cause);
    }
    if (action == Action.SEND && MESSAGE_FAULTS.contains(code)) {
      return new ReplicationException(
          Kind.POISON,
          what,
          "see whether queue "
              + queue
              + " has a lower MaximumMessageSize than its peers; else the message is not one that"
              + " SQS takes",
          cause);
    }
    return new ReplicationException(
        otherwise,
        what,
        otherwise == Kind.BLOCKED ? "see what SQS says of queue " + queue : "",
        cause);
  }

  /** Tells whether a request failed because there is no such queue. */
  static boolean isMissingQueue(Throwable thrown) {
    return unwrap(thrown) instanceof AwsServiceException answer
        && answer.awsErrorDetails() != null
        && isMissingQueue(bare(answer.awsErrorDetails().errorCode()));
  }

  /** Tells whether a request failed because the right to it is missing. */
  static boolean isDenied(ReplicationException failure) {
    return failure.getCause() instanceof AwsServiceException answer
        && answer.awsErrorDetails() != null
        && isDenied(bare(answer.awsErrorDetails().errorCode()));
  }

  /** Tells whether an entry of a batch failed because the right to it is missing. */
  static boolean isDenied(BatchResultErrorEntry entry) {
    return isDenied(bare(entry.code()));
  }

  /** Tells whether SQS no longer knows a receipt handle, because its time ran out. */
  static boolean isStaleReceipt(BatchResultErrorEntry entry) {
    String code = bare(entry.code());
    return code.equals("ReceiptHandleIsInvalid")
        || code.equals("MessageNotInflight")
        || code.equals("InvalidParameterValue");
  }

  /**
   * Tells whether a request may have been carried out though it failed: neither did SQS refuse it,
   * nor was there nobody to take it.
   */
  static boolean mayHavePassed(ReplicationException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof AwsServiceException
          || cause instanceof ConnectException
          || cause instanceof UnknownHostException) {
        return false;
      }
    }
    return failure.kind() == Kind.TRANSIENT;
  }

  private static boolean isMissingQueue(String code) {
    return code.equals("QueueDoesNotExist") || code.equals("NonExistentQueue");
  }

  private static boolean isDenied(String code) {
    return code.startsWith("AccessDenied") || code.startsWith("NotAuthorized");
  }

  private static boolean isThrottling(String code) {
    String lower = code.toLowerCase(Locale.ROOT);
    return lower.contains("throttl") || lower.equals("slowdown");
  }

  /** A code without the name space that the query protocol sets before it. */
  private static String bare(String code) {
    if (code == null) {
      return "unknown";
    }
    return code.substring(Math.max(code.lastIndexOf('.'), code.lastIndexOf('#')) + 1);
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static Throwable unwrap(Throwable thrown) {
    Throwable failure = thrown;
    while (failure instanceof CompletionException && failure.getCause() != null) {
      failure = failure.getCause();
    }
    return failure;
  }
}
