package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * An outgoing message is a change as it is sent to the target queue.
 *
 * <p>Until it is its turn it is held as the change it is, in bytes.
 *
 * @param size what SQS counts against its limits: body, and names, types and values of attributes
 * @param marked whether its replicator id travels along: where one of ten slots and the size allow
 */
record OutgoingMessage(Change change, ReplicatorId id, boolean fifo, long size, boolean marked) {
  /** The most that SQS takes in a message, and in all messages of a batch. */
  static final long MOST_BYTES = 1L << 20;

  private static final int MOST_ATTRIBUTES = 10;
  private static final String STRING = "String";

  /** What SQS takes as a deduplication id. */
  private static final Pattern DEDUPLICATION_ID = Pattern.compile("[!-~]{1,128}");

  /**
   * Measures a change.
   *
   * @throws ReplicationException of kind POISON if no queue can ever take it
   */
  static OutgoingMessage of(Change change, Region origin, boolean fifo) {
    if (change.kind() != Change.Kind.UPSERT) {
      throw poison(change, "a queue knows no deletes", null);
    }
    if (change.payload().length == 0) {
      throw poison(change, "SQS takes no message with an empty body", null);
    }
    ReplicatorId id = new ReplicatorId(origin, change.id());
    long size = change.payload().length;
    int slots = 0;
    for (var entry : change.attributes().entrySet()) {
      var name = name(change, entry.getKey());
      if (name.isPresent() && !name.get().name().equals(ReplicatorId.ATTRIBUTE)) {
        slots++;
        size += size(name.get(), entry.getValue().length);
      }
    }
    if (size > MOST_BYTES) {
      throw poison(change, "it has " + size + " bytes, and SQS takes " + MOST_BYTES, null);
    }
    long more = size(new AttributeName(STRING, ReplicatorId.ATTRIBUTE), id.toString().length());
    boolean marked = slots < MOST_ATTRIBUTES && size + more <= MOST_BYTES;
    return new OutgoingMessage(change, id, fifo, marked ? size + more : size, marked);
  }

  /**
   * Returns it as an entry of a batch.
   *
   * @param grouped whether it keeps a group that it can do without
   * @throws ReplicationException of kind POISON if what has to be text in it is none
   */
  SendMessageBatchRequestEntry entry(String entryId, boolean grouped) {
    var entry =
        SendMessageBatchRequestEntry.builder()
            .id(entryId)
            .messageBody(text(change.payload(), "body"))
            .messageAttributes(attributes());
    byte[] trace = change.attributes().get(CapturedMessage.TRACE);
    if (trace != null) {
      entry.messageSystemAttributes(
          Map.of(
              MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
              MessageSystemAttributeValue.builder()
                  .dataType(STRING)
                  .stringValue(text(trace, "trace header"))
                  .build()));
    }
    if (fifo) {
      entry.messageGroupId(change.key()).messageDeduplicationId(deduplicationId());
    } else if (grouped && hasOptionalGroup()) {
      entry.messageGroupId(text(change.attributes().get(CapturedMessage.GROUP), "group"));
    }
    return entry.build();
  }

  /** Tells whether it has a group in a standard queue, which only makes its sharing out fair. */
  boolean hasOptionalGroup() {
    return !fifo && change.attributes().containsKey(CapturedMessage.GROUP);
  }

  private String text(byte[] bytes, String what) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw poison(change, "its " + what + " is no UTF-8 text", e);
    }
  }

  private static Optional<AttributeName> name(Change change, String text) {
    try {
      return AttributeName.parse(text);
    } catch (IllegalArgumentException e) {
      throw poison(change, "an attribute has no possible name: " + e.getMessage(), e);
    }
  }

  private Map<String, MessageAttributeValue> attributes() {
    Map<String, MessageAttributeValue> attributes = new HashMap<>();
    change
        .attributes()
        .forEach(
            (text, value) ->
                name(change, text)
                    .filter(name -> !name.name().equals(ReplicatorId.ATTRIBUTE))
                    .ifPresent(name -> attributes.put(name.name(), value(name, value))));
    if (marked) {
      attributes.put(
          ReplicatorId.ATTRIBUTE,
          MessageAttributeValue.builder().dataType(STRING).stringValue(id.toString()).build());
    }
    return attributes;
  }

  private MessageAttributeValue value(AttributeName name, byte[] value) {
    var attribute = MessageAttributeValue.builder().dataType(name.type());
    return name.binary()
        ? attribute.binaryValue(SdkBytes.fromByteArrayUnsafe(value)).build()
        : attribute.stringValue(text(value, "attribute " + name.name())).build();
  }

  /** The replicator id, or its digest where it has characters that SQS does not take here. */
  private String deduplicationId() {
    String text = id.toString();
    if (DEDUPLICATION_ID.matcher(text).matches()) {
      return text;
    }
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static long size(AttributeName name, int valueLength) {
    return (long) name.name().getBytes(UTF_8).length
        + name.type().getBytes(UTF_8).length
        + valueLength;
  }

  private static ReplicationException poison(Change change, String reason, Throwable cause) {
    return new ReplicationException(
        ReplicationException.Kind.POISON,
        "change " + change.id() + " cannot be sent: " + reason,
        "see where this change came from: no queue can hold it",
        cause);
  }
}
