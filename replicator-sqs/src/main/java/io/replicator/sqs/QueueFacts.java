package io.replicator.sqs;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * What a queue tells of itself.
 *
 * @param visibility how long a received message stays invisible to others
 * @param retention how long a message is kept that nobody deletes
 * @param waiting messages that can be received now or, being delayed, later; approximately
 * @param largest the longest message that it takes, in bytes
 * @param maxReceives how often a message may be received before the queue sets it aside
 * @param delay how long a message that was sent is not given out
 * @param arn its name in policies; empty if the server has no such names
 * @param kmsKey the key of AWS KMS by which its messages are encrypted
 */
record QueueFacts(
    Duration visibility,
    Duration retention,
    long waiting,
    long largest,
    OptionalInt maxReceives,
    Duration delay,
    Optional<String> arn,
    Optional<String> kmsKey) {
  private static final Pattern MAX_RECEIVES =
      Pattern.compile("\"maxReceiveCount\"\\s*:\\s*\"?(\\d{1,9})");
  private static final long DEFAULT_VISIBILITY = 30;
  private static final long DEFAULT_RETENTION = 345_600;

  /**
   * Reads the answer to GetQueueAttributes; what a compatible server leaves out gets SQS's own
   * default.
   */
  static QueueFacts of(Map<QueueAttributeName, String> attributes) {
    Matcher redrive =
        MAX_RECEIVES.matcher(attributes.getOrDefault(QueueAttributeName.REDRIVE_POLICY, ""));
    return new QueueFacts(
        Duration.ofSeconds(
            number(attributes, QueueAttributeName.VISIBILITY_TIMEOUT, DEFAULT_VISIBILITY)),
        Duration.ofSeconds(
            number(attributes, QueueAttributeName.MESSAGE_RETENTION_PERIOD, DEFAULT_RETENTION)),
        number(attributes, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES, 0)
            + number(attributes, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED, 0),
        number(attributes, QueueAttributeName.MAXIMUM_MESSAGE_SIZE, OutgoingMessage.MOST_BYTES),
        redrive.find() ? OptionalInt.of(Integer.parseInt(redrive.group(1))) : OptionalInt.empty(),
        Duration.ofSeconds(number(attributes, QueueAttributeName.DELAY_SECONDS, 0)),
        Optional.ofNullable(attributes.get(QueueAttributeName.QUEUE_ARN)),
        Optional.ofNullable(attributes.get(QueueAttributeName.KMS_MASTER_KEY_ID))
            .filter(key -> !key.isBlank()));
  }

  private static long number(
      Map<QueueAttributeName, String> attributes, QueueAttributeName name, long otherwise) {
    String text = attributes.get(name);
    return text == null ? otherwise : Long.parseLong(text);
  }
}
