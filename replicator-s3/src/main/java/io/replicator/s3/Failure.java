package io.replicator.s3;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Failure sorts what S3, a queue and their client answer into the four kinds, and finds the hint.
 *
 * <p>Only what is known to be an object's own fault is POISON: an unknown refusal counts as the
 * bucket's, because a wrong dead letter is worse than a flow that waits.
 */
final class Failure {
  private static final Map<String, String> OBJECT_FAULTS =
      Map.of(
          "EntityTooLarge", "the object is larger than this store takes",
          "MetadataTooLarge", "the object's metadata is larger than this store takes",
          "KeyTooLongError", "the key is longer than this store takes",
          "KeyTooLong", "the key is longer than this store takes",
          "InvalidTag", "this store does not take the object's tags",
          "InvalidURI", "this store does not take the key",
          "InvalidObjectState", "the object is archived: restore it, then run backfill for its key",
          "InvalidRequest",
              "the object may be encrypted with its writer's own key (SSE-C), which nobody else can"
                  + " read; else see what the store says");
  private static final Set<String> CREDENTIAL_FAULTS =
      Set.of(
          "InvalidAccessKeyId",
          "SignatureDoesNotMatch",
          "ExpiredToken",
          "InvalidToken",
          "TokenRefreshRequired",
          "AuthorizationHeaderMalformed",
          "InvalidClientTokenId",
          "UnrecognizedClientException",
          "InvalidSecurity");
  private static final Set<String> ABOUT_BUCKET =
      Set.of(
          "RequestTimeTooSkewed",
          "IllegalLocationConstraintException",
          "InvalidBucketName",
          "NotImplemented",
          "AllAccessDisabled",
          "XAmzContentSHA256Mismatch");
  private static final Set<String> PASSING =
      Set.of(
          "SlowDown",
          "InternalError",
          "ServiceUnavailable",
          "RequestTimeout",
          "OperationAborted",
          "BadDigest",
          "IncompleteBody",
          "NoSuchUpload",
          "ConditionalRequestConflict",
          "Busy");

  static final String REACH =
      "see that the endpoint can be reached from here: its address, its network, its health";

  private Failure() {}

  /**
   * Returns what became of a request.
   *
   * @param what it was about, such as {@code bucket orders, key a/b}
   */
  static ReplicationException of(Action action, String what, Throwable thrown) {
    Throwable failure = unwrap(thrown);
    if (failure instanceof ReplicationException known) {
      return known;
    }
    String tried = "cannot " + action + " at " + what + ": ";
    if (failure instanceof AwsServiceException answer) {
      return answered(action, what, tried, answer);
    }
    if (failure instanceof SdkClientException && reason(failure).contains("credentials")) {
      // The client tells of each place where it looked, at a screen's length.
      return new ReplicationException(
          Kind.BLOCKED,
          tried + "no AWS credentials were found",
          "give this agent AWS credentials: by its role, its profile, or the variables"
              + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
          failure);
    }
    if (failure instanceof ApiCallTimeoutException && !action.isOfQueue()) {
      return new ReplicationException(
          Kind.TRANSIENT,
          tried + reason(failure),
          "if this goes on, raise request-timeout of the store, or lower multipart-threshold",
          failure);
    }
    return new ReplicationException(Kind.TRANSIENT, tried + reason(failure), REACH, failure);
  }

  private static ReplicationException answered(
      Action action, String what, String tried, AwsServiceException answer) {
    String code = code(answer);
    String said = tried + (code.isEmpty() ? "status " + answer.statusCode() : code);
    String message =
        answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorMessage();
    if (message != null && !message.isBlank()) {
      said += ": " + message;
    }
    if (code.startsWith("KMS") || code.startsWith("Kms")) {
      return new ReplicationException(
          code.contains("Throttl") ? Kind.TRANSIENT : Kind.BLOCKED,
          said,
          "enable the KMS key and allow this agent kms:Decrypt and kms:GenerateDataKey on it",
          answer);
    }
    if (isPassing(code, answer)) {
      return new ReplicationException(
          Kind.TRANSIENT,
          said,
          "the store throttles or stumbles: it passes, or ask its keeper",
          answer);
    }
    if (isObjectsFault(action, code)) {
      return new ReplicationException(Kind.POISON, said, OBJECT_FAULTS.get(code), answer);
    }
    return new ReplicationException(Kind.BLOCKED, said, hint(action, what, code, answer), answer);
  }

  /** InvalidRequest may be about the bucket when something is written, but not on reading. */
  private static boolean isObjectsFault(Action action, String code) {
    return OBJECT_FAULTS.containsKey(code)
        && !action.isOfQueue()
        && !(code.equals("InvalidRequest") && action == Action.WRITE);
  }

  private static String hint(Action action, String what, String code, AwsServiceException answer) {
    if (CREDENTIAL_FAULTS.contains(code)) {
      return "the store does not know this agent's credentials: renew them, and see that"
          + " aws-region is right";
    }
    if (code.equals("RequestTimeTooSkewed")) {
      return "set this machine's clock right, by NTP or chrony";
    }
    if (isMissingBucket(code)) {
      return "create the bucket, or mend its name under bucket or buckets of the resource; after it"
          + " was lost, see the README on rebuilding a region";
    }
    if (code.endsWith("QueueDoesNotExist") || code.endsWith("NonExistentQueue")) {
      return "create the queue, or mend its name under notifications.queue of the resource";
    }
    if (isDenied(answer)) {
      String allow = "allow this agent the action " + action.permission() + " on " + what;
      // The answer to a HEAD is a status alone.
      return code.isEmpty() ? "see that its credentials are right, then " + allow : allow;
    }
    if (code.equals("PermanentRedirect") || code.equals("IllegalLocationConstraintException")) {
      return "the bucket is in another region: mend aws-region of the store or of the peer";
    }
    if (code.equals("NotImplemented") || answer.statusCode() == 501) {
      return "this store cannot do what was asked of it; if it lacks conditional writes, declare"
          + " conditional-writes: false";
    }
    if (code.toLowerCase(Locale.ROOT).contains("quota") || code.equals("TooManyBuckets")) {
      return "a quota of the store is used up: raise it, or make room";
    }
    return "see what the store says of " + what;
  }

  /**
   * Tells whether the store finds fault with a request and does not say whose: the key's, the
   * object's or its own settings'. What is known to be about the bucket or the credentials is not.
   */
  static boolean isOfUnknownFault(ReplicationException failure) {
    return failure.kind() == Kind.BLOCKED
        && failure.getCause() instanceof AwsServiceException answer
        && answer.statusCode() == 400
        && !CREDENTIAL_FAULTS.contains(code(answer))
        && !isDenied(answer)
        && !ABOUT_BUCKET.contains(code(answer))
        && !code(answer).toUpperCase(Locale.ROOT).startsWith("KMS");
  }

  /**
   * Tells whether the server gave itself the fault: a 500, which may be about one key all the same.
   */
  static boolean isServersError(ReplicationException failure) {
    return failure.kind() == Kind.TRANSIENT
        && failure.getCause() instanceof AwsServiceException answer
        && answer.statusCode() == 500;
  }

  /** Tells whether the store shows nothing under the key, and said so itself. */
  static boolean isNoSuchKey(Throwable thrown) {
    return unwrap(thrown) instanceof AwsServiceException answer
        && answer.statusCode() == 404
        && (code(answer).equals("NoSuchKey") || code(answer).equals("NoSuchVersion"));
  }

  /** Tells whether a request met this status. */
  static boolean isStatus(Throwable thrown, int... statuses) {
    if (unwrap(thrown) instanceof AwsServiceException answer) {
      for (int status : statuses) {
        if (answer.statusCode() == status) {
          return true;
        }
      }
    }
    return false;
  }

  /** Tells whether the request was refused because something else is there than expected. */
  static boolean isUnmet(Throwable thrown) {
    if (!(unwrap(thrown) instanceof AwsServiceException answer)) {
      return false;
    }
    String code = code(answer);
    return answer.statusCode() == 412
        || code.equals("PreconditionFailed")
        || (answer.statusCode() == 409
            && (code.equals("ConditionalRequestConflict") || code.equals("OperationAborted")))
        || isNoSuchKey(answer);
  }

  /** Tells whether the store does not know what was asked of it. */
  static boolean isUnknown(Throwable thrown) {
    return isStatus(thrown, 501, 405)
        || (unwrap(thrown) instanceof AwsServiceException answer
            && code(answer).equals("NotImplemented"));
  }

  static boolean isDenied(Throwable thrown) {
    return unwrap(thrown) instanceof AwsServiceException answer
        && (code(answer).startsWith("AccessDenied")
            || code(answer).equals("AllAccessDisabled")
            || (code(answer).isEmpty() && answer.statusCode() == 403));
  }

  static boolean isMissingBucket(Throwable thrown) {
    return unwrap(thrown) instanceof AwsServiceException answer && isMissingBucket(code(answer));
  }

  private static boolean isMissingBucket(String code) {
    return code.equals("NoSuchBucket");
  }

  private static boolean isPassing(String code, AwsServiceException answer) {
    return PASSING.contains(code)
        || answer.isThrottlingException()
        || answer.statusCode() == 429
        || (answer.statusCode() >= 500
            && answer.statusCode() != 501
            && !code.equals("NotImplemented"));
  }

  /** Returns the error code of an answer; empty if it has none, as that to a HEAD. */
  static String code(AwsServiceException answer) {
    if (answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null) {
      return "";
    }
    String code = answer.awsErrorDetails().errorCode();
    String bare = code.substring(Math.max(code.lastIndexOf('.'), code.lastIndexOf('#')) + 1);
    return bare.matches("\\d+") ? "" : bare;
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  static Throwable unwrap(Throwable thrown) {
    Throwable failure = thrown;
    while (failure instanceof CompletionException && failure.getCause() != null) {
      failure = failure.getCause();
    }
    return failure;
  }
}
