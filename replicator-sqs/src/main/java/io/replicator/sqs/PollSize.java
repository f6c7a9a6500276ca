package io.replicator.sqs;

import java.util.List;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * The poll size says how many messages to ask for, and how many may ask at once, so that answers
 * under way stay within a few megabytes whatever the messages weigh.
 *
 * <p>It follows the messages seen: at once when they grow, step by step when they shrink. Safe for
 * any thread.
 */
final class PollSize {
  /** What one answer should hold at most. */
  private static final long ANSWER = 2L << 20;

  /** What all answers under way should hold at most. */
  private static final long ALL_ANSWERS = 8L << 20;

  private static final int MOST_MESSAGES = 10;

  private double average = 1024;

  /** Notes an answer. */
  synchronized void seen(List<Message> messages) {
    long bytes = 0;
    for (Message message : messages) {
      bytes += message.body().length();
      for (MessageAttributeValue value : message.messageAttributes().values()) {
        if (value.binaryValue() != null) {
          bytes += value.binaryValue().asByteArrayUnsafe().length;
        } else if (value.stringValue() != null) {
          bytes += value.stringValue().length();
        }
      }
    }
    double now = (double) bytes / messages.size();
    average = now > average ? now : average + (now - average) / 4;
  }

  /** Returns how many messages to ask for. */
  synchronized int messages() {
    return (int) Math.max(1, Math.min(MOST_MESSAGES, ANSWER / Math.max(1, average)));
  }

  /** Returns how many pollers may ask at once. */
  synchronized int pollers() {
    return (int)
        Math.max(1, Math.min(Pollers.MOST, ALL_ANSWERS / Math.max(1, average * messages())));
  }
}
