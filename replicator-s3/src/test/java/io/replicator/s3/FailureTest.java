package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The hint of a failure is about what has failed. */
class FailureTest {
  private static String hint(Action action, Throwable failure) {
    return Failure.of(action, "photos", failure).hint();
  }

  @Test
  void settingsOfTheStoreAreNamedForTimeOutsOfBucketsAlone() {
    var late = ApiCallTimeoutException.builder().message("15000 millis").build();
    assertThat(hint(Action.WRITE, late)).contains("request-timeout");
    assertThat(hint(Action.RECEIVE, late)).contains("endpoint").doesNotContain("request-timeout");
  }

  @Test
  void aRefusalWithoutACodeMayBeAboutCredentialsAndOneWithAccessDeniedIsNot() {
    var answer = S3Exception.builder().statusCode(403);
    assertThat(hint(Action.LOOK, answer.build())).contains("credentials").contains("s3:GetObject");
    answer.awsErrorDetails(AwsErrorDetails.builder().errorCode("AccessDenied").build());
    assertThat(hint(Action.LOOK, answer.build()))
        .doesNotContain("credentials")
        .contains("s3:GetObject");
  }
}
