package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.QueueClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * A demonstration message: its body names its origin and number, so that a reader can tell what is
 * missing, and then goes on for a while, so that there is something to go wrong.
 *
 * @param run tells the messages of one demonstration from those of an earlier one
 * @param written when it was sent, as the attribute {@code written} says
 */
record DemoMessage(String run, String origin, int number, Instant written, String body) {
  private static final Pattern FORM =
      Pattern.compile("message (\\d{1,9}) of ([a-z0-9-]+) in run ([0-9a-f]+): .*");
  private static final String[] WORDS = {
    "invoice", "paid", "basket", "shipped", "customer", "Zürich", "東京", "refund", "café", "order"
  };

  static DemoMessage next(String run, String origin, int number, RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(1, 60); length > 0; length--) {
      text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
    }
    return new DemoMessage(
        run,
        origin,
        number,
        Instant.now(),
        "message %d of %s in run %s:%s".formatted(number, origin, run, text));
  }

  /** Reads a received message; empty if it is not one of these. */
  static Optional<DemoMessage> of(Message message) {
    Matcher form = FORM.matcher(message.body());
    MessageAttributeValue written = message.messageAttributes().get("written");
    if (!form.matches() || written == null) {
      return Optional.empty();
    }
    return Optional.of(
        new DemoMessage(
            form.group(3),
            form.group(2),
            Integer.parseInt(form.group(1)),
            Instant.parse(written.stringValue()),
            message.body()));
  }

  void send(QueueClient client, String queue) {
    client.send(queue, body, Map.of("written", written.toString(), "origin", origin));
  }

  /** Returns what must be the same when it arrives. */
  String content() {
    try {
      byte[] bytes = (written + "\n" + origin + "\n" + body).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
