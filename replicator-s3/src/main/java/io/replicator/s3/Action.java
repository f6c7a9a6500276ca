package io.replicator.s3;

import java.util.Locale;

/** An action is one of the requests made, under the name by which IAM allows it. */
enum Action {
  LOOK("s3:GetObject"),
  READ("s3:GetObject"),
  WRITE("s3:PutObject"),
  DELETE("s3:DeleteObject"),
  LIST("s3:ListBucket"),
  READ_TAGS("s3:GetObjectTagging"),
  FETCH_BODY("s3:GetObject"),
  ABORT("s3:AbortMultipartUpload"),
  INSPECT("s3:GetBucketVersioning"),
  LOOK_UP_QUEUE("sqs:GetQueueUrl"),
  INSPECT_QUEUE("sqs:GetQueueAttributes"),
  RECEIVE("sqs:ReceiveMessage"),
  ACKNOWLEDGE("sqs:DeleteMessage"),
  LEAVE("sqs:ChangeMessageVisibility");

  private final String permission;

  Action(String permission) {
    this.permission = permission;
  }

  String permission() {
    return permission;
  }

  /** Tells whether it is a request to a queue of notifications, not to a bucket. */
  boolean isOfQueue() {
    return permission.startsWith("sqs");
  }

  /** Returns the word for it in messages, such as {@code fetch body}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
