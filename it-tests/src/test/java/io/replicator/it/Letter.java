package io.replicator.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * A letter is a message that can be made again from its number, so that whoever receives it can
 * tell whether it is whole.
 *
 * @param run which test's letters
 * @param number from 0
 * @param bytes of its body, roughly
 */
record Letter(String run, int number, int bytes) {
  private static final String HEAD = "run";

  /** Mostly small, some tens of kilobytes, and a few of nearly a mebibyte. */
  private static int mixedSize(Random random) {
    double dice = random.nextDouble();
    if (dice < 0.001) {
      return 1_000_000;
    }
    return dice < 0.02 ? 10_000 + random.nextInt(50_000) : 50 + random.nextInt(1_500);
  }

  /** Returns letters of mixed sizes, numbered from 0. */
  static List<Letter> mixed(String run, int count, Random random) {
    return IntStream.range(0, count)
        .mapToObj(number -> new Letter(run, number, mixedSize(random)))
        .toList();
  }

  String name() {
    return run + "/" + number;
  }

  String body() {
    StringBuilder text = new StringBuilder(bytes + 64);
    Random random = new Random(run.hashCode() * 31L + number);
    while (text.length() < bytes) {
      text.append(Long.toString(random.nextLong(), 36)).append(random.nextInt(9) == 0 ? "é雪" : " ");
    }
    return run + "/" + number + "/" + bytes + "/" + crc(text.toString()) + "\n" + text;
  }

  Map<String, MessageAttributeValue> attributes() {
    Map<String, MessageAttributeValue> attributes = new HashMap<>();
    attributes.put(HEAD, value("String", run));
    attributes.put("number", value("Number", Integer.toString(number)));
    attributes.put("label", value("String.custom", "ü " + number));
    attributes.put(
        "raw",
        MessageAttributeValue.builder()
            .dataType("Binary")
            .binaryValue(SdkBytes.fromByteArray(new byte[] {0, -1, (byte) number}))
            .build());
    return attributes;
  }

  /**
   * Reads a message that should be a letter.
   *
   * @throws AssertionError if anything of it is not as it was sent
   */
  static Letter read(Message message) {
    int line = message.body().indexOf('\n');
    String[] head = message.body().substring(0, Math.max(0, line)).split("/", -1);
    if (head.length != 4) {
      throw new AssertionError("no letter: " + message.body().substring(0, 40));
    }
    Letter letter = new Letter(head[0], Integer.parseInt(head[1]), Integer.parseInt(head[2]));
    if (!message.body().equals(letter.body())) {
      throw new AssertionError("body of " + letter.name() + " was damaged");
    }
    letter
        .attributes()
        .forEach(
            (name, value) -> {
              if (!value.equals(message.messageAttributes().get(name))) {
                throw new AssertionError(
                    "attribute "
                        + name
                        + " of "
                        + letter.name()
                        + " is "
                        + message.messageAttributes().get(name));
              }
            });
    return letter;
  }

  private static MessageAttributeValue value(String type, String text) {
    return MessageAttributeValue.builder().dataType(type).stringValue(text).build();
  }

  private static long crc(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(UTF_8));
    return crc.getValue();
  }
}
