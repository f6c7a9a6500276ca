package io.replicator.reading;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.lag.Progress;
import io.replicator.model.Era;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot is what is known of a partition at a moment, in the form that is made durable.
 *
 * @param format number of this form
 * @param offset everything before it is done
 * @param bornMillis when this region first read the partition
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

  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /**
   * What one capture said last of its progress.
   *
   * @param untilMillis when that counts no longer, by the capture's clock: what older agents go by
   * @param leftMillis how long others have to speak until it counts no longer; null from an older
   *     agent
   */
  public record Word(
      @JsonProperty("capture") String capture,
      @JsonProperty("upToMillis") long upToMillis,
      @JsonProperty("untilMillis") long untilMillis,
      @JsonProperty("leftMillis") Long leftMillis) {}

  /**
   * Reads the durable form. Of a newer one nothing counts but its number, by which it is to be
   * refused.
   *
   * @throws IllegalArgumentException if it is no snapshot
   */
  public static Snapshot parse(String json) {
    Snapshot snapshot;
    try {
      // The number first: in a newer form all else may have other types.
      JsonNode tree = JSON.readTree(json);
      int format = tree.path("format").asInt();
      if (format > FORMAT) {
        return new Snapshot(format, 0, 0, null, null, null, List.of(), List.of());
      }
      snapshot = JSON.treeToValue(tree, Snapshot.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
    if (snapshot == null) {
      throw new IllegalArgumentException("it is null");
    }
    snapshot.validate();
    return snapshot;
  }

  /** Returns the durable form. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void validate() {
    require(format == FORMAT, "a known format");
    require(offset >= 0, "an offset");
    require(marks != null, "marks");
    Era.checked(Instant.ofEpochMilli(bornMillis));
    if (upToMillis != null) {
      Era.checked(Instant.ofEpochMilli(upToMillis));
    }
    for (Word word : words == null ? List.<Word>of() : words) {
      require(word != null && word.capture() != null, "the name of a capture");
      Era.checked(Instant.ofEpochMilli(word.upToMillis()));
    }
    for (Marks.Mark mark : marks) {
      require(mark != null && mark.name() != null, "the name of an incarnation");
      require(mark.isPossible(), "possible numbers of " + mark.name());
    }
  }

  private static void require(boolean there, String what) {
    if (!there) {
      throw new IllegalArgumentException("it is without " + what);
    }
  }

  static List<Word> words(Progress progress) {
    return progress.words().entrySet().stream()
        .map(
            word ->
                new Word(
                    word.getKey(),
                    word.getValue().upTo().toEpochMilli(),
                    word.getValue().until().toEpochMilli(),
                    word.getValue().left().map(Duration::toMillis).orElse(null)))
        .toList();
  }

  Map<String, Progress.Word> progress() {
    Map<String, Progress.Word> progress = new HashMap<>();
    for (Word word : words == null ? List.<Word>of() : words) {
      progress.put(
          word.capture(),
          new Progress.Word(
              Instant.ofEpochMilli(word.upToMillis()),
              Instant.ofEpochMilli(word.untilMillis()),
              Optional.ofNullable(word.leftMillis()).map(Duration::ofMillis)));
    }
    return progress;
  }
}
