package io.replicator.sqs;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A queue name is what a queue is called in its region and account; neither its URL nor its ARN.
 *
 * @param text 1 to 80 letters, digits, hyphens and underscores; a FIFO queue's ends in {@code
 *     .fifo}
 */
record QueueName(String text) {
  private static final Pattern SHAPE =
      Pattern.compile("[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo");

  /** Returns what is wrong with a text as a queue's name, if anything is. */
  static Optional<String> mend(String text) {
    if (SHAPE.matcher(text).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        text.indexOf(':') >= 0 || text.indexOf('/') >= 0
            ? "must be the queue's name, not its URL or ARN: write what follows the last / or :"
            : "is no queue name: use 1 to 80 letters, digits, - and _, ending in .fifo for a FIFO"
                + " queue");
  }

  /** Tells whether it names a FIFO queue. */
  boolean fifo() {
    return text.endsWith(".fifo");
  }

  @Override
  public String toString() {
    return text;
  }
}
