package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.net.ConnectException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** Each failure is of the kind that does the least harm, and says what mends it. */
class FailureTest {
  private static final QueueName QUEUE = new QueueName("orders");

  @ParameterizedTest
  @CsvSource({
    "AWS.SimpleQueueService.NonExistentQueue, 400, BLOCKED, create the queue orders",
    "QueueDoesNotExist, 400, BLOCKED, create the queue orders",
    "AccessDenied, 403, BLOCKED, allow this agent the action sqs:SendMessage on queue orders",
    "AccessDeniedException, 400, BLOCKED, sqs:SendMessage",
    "InvalidClientTokenId, 403, BLOCKED, credentials",
    "SignatureDoesNotMatch, 403, BLOCKED, credentials",
    "ExpiredToken, 403, BLOCKED, credentials",
    "KmsAccessDenied, 400, BLOCKED, kms:GenerateDataKey",
    "KmsDisabled, 400, BLOCKED, kms:",
    "KmsThrottled, 400, TRANSIENT, kms:",
    "OverLimit, 403, BLOCKED, quota",
    "RequestThrottled, 403, TRANSIENT, throttles",
    "ThrottlingException, 400, TRANSIENT, throttles",
    "InternalError, 500, TRANSIENT, ''",
    "ServiceUnavailable, 503, TRANSIENT, ''",
    "InvalidMessageContents, 400, POISON, orders",
    "InvalidParameterValue, 400, POISON, MaximumMessageSize",
    "InvalidAttributeValue, 400, POISON, orders",
    "SomethingNew, 400, BLOCKED, orders",
  })
  void answersToASendAreSorted(String code, int status, Kind kind, String hint) {
    ReplicationException failure =
        Failure.of(Action.SEND, QUEUE, new CompletionException(answer(code, status)));
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.hint()).contains(hint);
    assertThat(failure).hasMessageContaining("orders");
  }

  @ParameterizedTest
  @CsvSource({
    "InternalError, false, TRANSIENT",
    "RequestThrottled, true, TRANSIENT",
    "InvalidMessageContents, true, POISON",
    "AccessDenied, true, BLOCKED",
    "SomethingNew, true, BLOCKED",
  })
  void entriesAreSorted(String code, boolean senderFault, Kind kind) {
    BatchResultErrorEntry entry =
        BatchResultErrorEntry.builder().id("0").code(code).senderFault(senderFault).build();
    assertThat(Failure.of(Action.SEND, QUEUE, entry).kind()).isEqualTo(kind);
  }

  @Test
  void aMessageIsNeverBlamedForWhatCaptureCannotDo() {
    assertThat(Failure.of(Action.RECEIVE, QUEUE, answer("InvalidParameterValue", 400)).kind())
        .isEqualTo(Kind.BLOCKED);
  }

  @Test
  void missingCredentialsAreBlocked() {
    ReplicationException failure =
        Failure.of(
            Action.SEND, QUEUE, SdkClientException.create("Unable to load credentials from any"));
    assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(failure.hint()).contains("AWS_ACCESS_KEY_ID");
  }

  @Test
  void onlyARequestWithoutAnAnswerMayHavePassed() {
    assertThat(mayHavePassed(SdkClientException.create("timed out"))).isTrue();
    assertThat(mayHavePassed(answer("InternalError", 500))).isFalse();
    assertThat(
            mayHavePassed(
                SdkClientException.create("no connection", new ConnectException("refused"))))
        .isFalse();
  }

  private static boolean mayHavePassed(Throwable failure) {
    return Failure.mayHavePassed(Failure.of(Action.RECEIVE, QUEUE, failure));
  }

  private static Throwable answer(String code, int status) {
    return SqsException.builder()
        .statusCode(status)
        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).errorMessage("because").build())
        .build();
  }
}
