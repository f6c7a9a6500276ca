package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An attribute name says how a message attribute is called in a change: {@code
 * attribute/<DataType>/<Name>}, so that any Kafka tool shows the type beside the plain value.
 *
 * <p>SQS's own names need no escaping. What a compatible server takes beyond them (a slash, a
 * percent sign, anything but visible ASCII) is percent-encoded, so no two attributes meet.
 *
 * @param type SQS's data type, such as {@code String} or {@code Number.int}
 * @param name the attribute's name
 */
record AttributeName(String type, String name) {
  private static final String PREFIX = "attribute/";

  /**
   * Reads a name in a change; empty if it names something else.
   *
   * @throws IllegalArgumentException if no agent writes such a name
   */
  static Optional<AttributeName> parse(String text) {
    int slash = text.lastIndexOf('/');
    if (!text.startsWith(PREFIX) || slash <= PREFIX.length()) {
      return Optional.empty();
    }
    return Optional.of(
        new AttributeName(
            decoded(text.substring(PREFIX.length(), slash)), decoded(text.substring(slash + 1))));
  }

  /** Tells whether its values are bytes rather than text. */
  boolean binary() {
    return type.startsWith("Binary");
  }

  @Override
  public String toString() {
    return PREFIX + encoded(type) + "/" + encoded(name);
  }

  private static String encoded(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte b : text.getBytes(UTF_8)) {
      if (b > ' ' && b < 0x7f && b != '%' && b != '/') {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(String.format("%02X", b & 0xff));
      }
    }
    return encoded.toString();
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    try {
      ByteBuffer encoded = UTF_8.encode(text);
      ByteBuffer plain = ByteBuffer.allocate(encoded.remaining());
      while (encoded.hasRemaining()) {
        byte next = encoded.get();
        plain.put(next == '%' ? hex(encoded) : next);
      }
      return UTF_8.newDecoder().decode(plain.flip()).toString();
    } catch (CharacterCodingException | BufferUnderflowException | NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not percent-encoded UTF-8", e);
    }
  }

  private static byte hex(ByteBuffer encoded) {
    int high = HexFormat.fromHexDigit(encoded.get());
    return (byte) ((high << 4) | HexFormat.fromHexDigit(encoded.get()));
  }
}
