package io.replicator.ledger;

import io.replicator.model.Version;
import java.util.Objects;
import java.util.Optional;

/**
 * A ledger entry is what a region knows of a key: its last version, and what the region's own store
 * holds of it.
 *
 * @param version the last one known
 * @param base the one that it was written over, where that is known
 * @param state what became of the content here
 * @param fingerprint of the content, if it is present; without spaces
 * @param intent what is about to be done to the key here, and may have been done
 */
public record LedgerEntry(
    Version version,
    Optional<Version> base,
    State state,
    Optional<String> fingerprint,
    Optional<Intent> intent) {

  /** Holds the number of the durable form. */
  static final int FORMAT = 1;

  private static final String NONE = "-";

  /** What became of a key's content in this region. */
  public enum State {
    PRESENT,
    DELETED,
    /** It went with its bucket: the version is still known, the content is not. */
    LOST
  }

  /**
   * An intent is a request that the store itself will not remember: a delete leaves nothing behind,
   * and some content has no room for a marker.
   *
   * @param version of the change that is about to be carried out
   * @param fingerprint of what is about to be written; empty for a delete
   */
  public record Intent(Version version, Optional<String> fingerprint) {
    public Intent {
      Objects.requireNonNull(version, "version");
      fingerprint.ifPresent(LedgerEntry::requireWord);
    }
  }

  public LedgerEntry {
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(intent, "intent");
    if (fingerprint.isPresent() != (state == State.PRESENT)) {
      throw new IllegalArgumentException(
          "a fingerprint belongs to what is present, and to it alone");
    }
    fingerprint.ifPresent(LedgerEntry::requireWord);
  }

  /** What could not be read again must not become durable. */
  private static void requireWord(String fingerprint) {
    if (fingerprint.equals(NONE) || fingerprint.indexOf(' ') >= 0) {
      throw new IllegalArgumentException("'" + fingerprint + "' is no fingerprint");
    }
  }

  /** Returns the entry of a key that is there. */
  public static LedgerEntry present(Version version, Optional<Version> base, String fingerprint) {
    return new LedgerEntry(
        version, base, State.PRESENT, Optional.of(fingerprint), Optional.empty());
  }

  /** Returns the entry of a key that was deleted: a tombstone. */
  public static LedgerEntry deleted(Version version, Optional<Version> base) {
    return new LedgerEntry(version, base, State.DELETED, Optional.empty(), Optional.empty());
  }

  /** Returns what this entry is once the content that it knew is gone. */
  public LedgerEntry lost() {
    return state == State.PRESENT
        ? new LedgerEntry(version, base, State.LOST, Optional.empty(), Optional.empty())
        : this;
  }

  /** Returns this entry with another intent, or without one. */
  public LedgerEntry withIntent(Optional<Intent> next) {
    return new LedgerEntry(version, base, state, fingerprint, next);
  }

  /** Tells of the form that {@link #toText} writes whether the content is lost. */
  static boolean isLost(String text) {
    return text.startsWith("L ", text.indexOf(' ') + 1);
  }

  /** Tells whether the content is here. */
  public boolean isPresent() {
    return state == State.PRESENT;
  }

  /**
   * Reads the form that {@link #toText} writes.
   *
   * @throws NewerFormatException if a newer agent wrote it
   * @throws IllegalArgumentException if it is no ledger entry
   */
  public static LedgerEntry parse(String text) {
    String[] words = text.split(" ", -1);
    int format = Integer.parseInt(words[0]);
    if (format > FORMAT) {
      throw new NewerFormatException(format);
    }
    if (format < 1 || words.length < 7) {
      throw new IllegalArgumentException("'" + text + "' is no ledger entry");
    }
    State state =
        switch (words[1]) {
          case "P" -> State.PRESENT;
          case "D" -> State.DELETED;
          case "L" -> State.LOST;
          default -> throw new IllegalArgumentException("'" + text + "' has no known state");
        };
    return new LedgerEntry(
        Version.parse(words[2]),
        optional(words[3]).map(Version::parse),
        state,
        optional(words[4]),
        optional(words[5]).map(version -> new Intent(Version.parse(version), optional(words[6]))));
  }

  /**
   * Returns the durable form: words with a space between them. The number of the format, {@code P},
   * {@code D} or {@code L}, version, base, fingerprint, and the version and fingerprint of the
   * intent; {@code -} stands for what is not there.
   */
  public String toText() {
    String letter =
        switch (state) {
          case PRESENT -> "P";
          case DELETED -> "D";
          case LOST -> "L";
        };
    return String.join(
        " ",
        Integer.toString(FORMAT),
        letter,
        version.toString(),
        base.map(Version::toString).orElse(NONE),
        fingerprint.orElse(NONE),
        intent.map(it -> it.version().toString()).orElse(NONE),
        intent.flatMap(Intent::fingerprint).orElse(NONE));
  }

  private static Optional<String> optional(String word) {
    return word.equals(NONE) ? Optional.empty() : Optional.of(word);
  }
}
