package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Region;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A captured message is a message as it was received from the source queue.
 *
 * <p>As a change: id is the message id, which is the same whenever the message is received again;
 * key is the group in a FIFO queue, elsewhere the message id, since each message stands for itself;
 * time is when it was sent, by SQS's clock.
 */
record CapturedMessage(Message message, boolean fifo) {
  /** Where a change carries the X-Ray trace header. */
  static final String TRACE = "trace";

  /** Where a change from a standard queue carries the group, by which SQS shares out fairly. */
  static final String GROUP = "group";

  private static final Pattern NUMBER = Pattern.compile("\\d{1,15}");

  String id() {
    return message.messageId();
  }

  Instant sent() {
    return Instant.ofEpochMilli(number(MessageSystemAttributeName.SENT_TIMESTAMP, 0));
  }

  /** Returns how often it was received, this time included; approximately. */
  int receives() {
    return (int) number(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, 1);
  }

  /** Tells whether it was written here by a user, sent to another region, and brought back. */
  boolean cameBackTo(Region region) {
    MessageAttributeValue value = message.messageAttributes().get(ReplicatorId.ATTRIBUTE);
    return value != null
        && value.stringValue() != null
        && ReplicatorId.parse(value.stringValue())
            .map(id -> id.origin().equals(region))
            .orElse(false);
  }

  Change change() {
    SortedMap<String, byte[]> attributes = new TreeMap<>();
    message
        .messageAttributes()
        .forEach(
            (name, value) ->
                attributes.put(
                    new AttributeName(value.dataType(), name).toString(), value(name, value)));
    carry(attributes, TRACE, MessageSystemAttributeName.AWS_TRACE_HEADER);
    if (!fifo) {
      carry(attributes, GROUP, MessageSystemAttributeName.MESSAGE_GROUP_ID);
    }
    return Change.upsert(id(), key(), sent(), attributes, message.body().getBytes(UTF_8));
  }

  private static byte[] value(String name, MessageAttributeValue value) {
    if (value.binaryValue() != null) {
      return value.binaryValue().asByteArrayUnsafe();
    }
    if (value.stringValue() == null) {
      throw new IllegalArgumentException("its attribute " + name + " has no value");
    }
    return value.stringValue().getBytes(UTF_8);
  }

  private String key() {
    return fifo ? system(MessageSystemAttributeName.MESSAGE_GROUP_ID, id()) : id();
  }

  private void carry(
      SortedMap<String, byte[]> attributes, String as, MessageSystemAttributeName name) {
    String value = message.attributes().get(name);
    if (value != null) {
      attributes.put(as, value.getBytes(UTF_8));
    }
  }

  private long number(MessageSystemAttributeName name, long otherwise) {
    String text = system(name, "");
    return NUMBER.matcher(text).matches() ? Long.parseLong(text) : otherwise;
  }

  private String system(MessageSystemAttributeName name, String otherwise) {
    return message.attributes().getOrDefault(name, otherwise);
  }
}
