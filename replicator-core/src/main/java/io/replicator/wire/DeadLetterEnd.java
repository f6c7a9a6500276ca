package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The end of a dead letter is the record behind it in the same topic that says what an operator
 * made of it. The topic only grows: whoever reads it leaves out what has ended.
 *
 * <p>It has neither key nor value; all stands in {@code dl_*} headers, of which {@code dl_ended}
 * tells it from a letter.
 *
 * @param letter the offset of the letter
 * @param by the operator, as user@host
 */
public record DeadLetterEnd(long letter, Verdict verdict, String by, Instant time) {
  /** What became of a letter. */
  public enum Verdict {
    /** Its change is not wanted any more. */
    DROPPED,
    /** Its change was given back to its flow. */
    REPLAYED;

    /** Returns the word that stands in the record. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String VERDICT = "dl_ended";
  private static final String LETTER = "dl_letter";

  /** Returns the record that says it. */
  public ProducerRecord<byte[], byte[]> record(String topic) {
    Headers headers = new RecordHeaders();
    headers.add(DeadLetter.FORMAT_HEADER, Integer.toString(DeadLetter.FORMAT).getBytes(UTF_8));
    headers.add(VERDICT, verdict.word().getBytes(UTF_8));
    headers.add(LETTER, Long.toString(letter).getBytes(UTF_8));
    headers.add("dl_by", by.getBytes(UTF_8));
    headers.add("dl_time", time.toString().getBytes(UTF_8));
    return new ProducerRecord<>(topic, 0, null, null, null, headers);
  }

  /** Tells whether a record of the topic is an end, and no letter. */
  public static boolean isOne(Headers headers) {
    return headers.lastHeader(VERDICT) != null;
  }

  /** Returns which letter a record of any format ends; empty if it does not tell. */
  public static Optional<Long> letter(Headers headers) {
    try {
      return Optional.of(DeadLetter.number(headers, LETTER));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads an end.
   *
   * @throws IllegalArgumentException if it is none, or of a newer format
   */
  public static DeadLetterEnd read(Headers headers) {
    DeadLetter.requireFormat(headers);
    String word = DeadLetter.text(headers, VERDICT);
    Optional<Verdict> verdict =
        Arrays.stream(Verdict.values()).filter(it -> it.word().equals(word)).findFirst();
    return new DeadLetterEnd(
        DeadLetter.number(headers, LETTER),
        verdict.orElseThrow(() -> new IllegalArgumentException("unknown end '" + word + "'")),
        DeadLetter.text(headers, "dl_by"),
        DeadLetter.time(headers));
  }
}
