package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
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

  /** Reads a name in a change; empty if it names something else. */
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
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%' && i + 2 < text.length()) {
        bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    return bytes.toString(UTF_8);
  }
}
