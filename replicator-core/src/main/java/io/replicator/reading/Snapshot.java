package io.replicator.reading;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.replicator.lag.Progress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A snapshot is what is known of a partition at a moment, in the form that is made durable.
 *
 * @param format number of this form
 * @param offset everything before it is done
 * @param bornMillis when this region first read the partition; 0 if it read it from the beginning
 * @param upToMillis replicated-up-to, or null
 * @param topicId the origin topic's id as the heartbeats told it, or null
 * @param purged why records were gone before they were read, or null
 * @param words of the captures; null in the older form
 * @param marks of the producer incarnations
 */
public record Snapshot(
    @JsonProperty("format") int format,
    @JsonProperty("offset") long offset,
    @JsonProperty("bornMillis") long bornMillis,
    @JsonProperty("upToMillis") Long upToMillis,
    @JsonProperty("topicId") String topicId,
    @JsonProperty("purged") String purged,
    @JsonProperty("words") List<Word> words,
    @JsonProperty("marks") List<Marks.Mark> marks) {

  /** Holds the number of the durable form. */
  public static final int FORMAT = 1;

  /** What one capture said last of its progress. */
  public record Word(
      @JsonProperty("capture") String capture,
      @JsonProperty("upToMillis") long upToMillis,
      @JsonProperty("untilMillis") long untilMillis) {}

  static List<Word> words(Progress progress) {
    return progress.words().entrySet().stream()
        .map(
            word ->
                new Word(
                    word.getKey(),
                    word.getValue().upTo().toEpochMilli(),
                    word.getValue().until().toEpochMilli()))
        .toList();
  }

  Map<String, Progress.Word> progress() {
    Map<String, Progress.Word> progress = new HashMap<>();
    for (Word word : words == null ? List.<Word>of() : words) {
      progress.put(
          word.capture(),
          new Progress.Word(
              Instant.ofEpochMilli(word.upToMillis()), Instant.ofEpochMilli(word.untilMillis())));
    }
    return progress;
  }
}
