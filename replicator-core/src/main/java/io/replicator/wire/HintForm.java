package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Hint;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The form of hints: that of a change without content, whose attribute {@code hint} says what gave
 * it. So hints are numbered, missed and measured as changes are. A listing's begin and end stand in
 * every partition under an empty key, with the listing's name in the attribute {@code listing}.
 */
public final class HintForm {
  private static final String KIND = "hint";
  private static final String LISTING = "listing";
  private static final String BEGIN = "begin ";
  private static final String END = "end ";
  private static final byte[] EMPTY = {};

  /**
   * A listing's begin or end.
   *
   * @param name of the listing
   * @param complete whether it is its end
   */
  public record Listing(String name, boolean complete) {}

  private HintForm() {}

  /** Returns a hint as it travels. */
  public static Change encode(Hint hint) {
    return change(hint.key(), hint.time(), KIND, word(hint.kind()));
  }

  /** Returns a listing's begin or end as it travels. */
  public static Change encodeListing(String listing, boolean complete, Instant time) {
    return change("", time, LISTING, (complete ? END : BEGIN) + listing);
  }

  /**
   * Reads a hint.
   *
   * @throws IllegalArgumentException if the change is none
   */
  public static Hint decode(Change change) {
    return new Hint(
        change.key(),
        kind(change).orElseThrow(() -> new IllegalArgumentException(change + " is no hint")),
        change.time());
  }

  /** Returns what gave a hint; empty for what is none that this agent knows. */
  public static Optional<Hint.Kind> kind(Change change) {
    String word = text(change, KIND);
    return Arrays.stream(Hint.Kind.values()).filter(kind -> word(kind).equals(word)).findFirst();
  }

  /** Returns the begin or end of a listing; empty for anything else. */
  public static Optional<Listing> listing(Change change) {
    String text = text(change, LISTING);
    boolean complete = text.startsWith(END);
    return complete || text.startsWith(BEGIN)
        ? Optional.of(new Listing(text.substring((complete ? END : BEGIN).length()), complete))
        : Optional.empty();
  }

  private static String word(Hint.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static String text(Change change, String attribute) {
    return new String(change.attributes().getOrDefault(attribute, EMPTY), UTF_8);
  }

  private static Change change(String key, Instant time, String attribute, String value) {
    TreeMap<String, byte[]> attributes = new TreeMap<>();
    attributes.put(attribute, value.getBytes(UTF_8));
    String id = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return Change.upsert(id, key, time, attributes, EMPTY);
  }
}
