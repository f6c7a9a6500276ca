package io.replicator.sqs;

import java.util.Locale;

/** An action is one of the requests made to SQS, under the name by which IAM allows it. */
enum Action {
  LOOK_UP("sqs:GetQueueUrl"),
  INSPECT("sqs:GetQueueAttributes"),
  RECEIVE("sqs:ReceiveMessage"),
  DELETE("sqs:DeleteMessage"),
  EXTEND("sqs:ChangeMessageVisibility"),
  SEND("sqs:SendMessage");

  private final String permission;

  Action(String permission) {
    this.permission = permission;
  }

  /** Returns the IAM action that allows it; batches need that of the single request. */
  String permission() {
    return permission;
  }

  /** Returns the word for it in messages, such as {@code look up}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
