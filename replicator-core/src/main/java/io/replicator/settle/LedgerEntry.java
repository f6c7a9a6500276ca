package io.replicator.settle;

import io.replicator.model.Version;
import java.util.Objects;
import java.util.Optional;

/**
 * A ledger entry is what a region knows of a key: its last version, and what the region's own store
 * holds of it.
 *
 * @param version the last one known
 * @param state what became of the content here
 * @param fingerprint of the content, if it is present
 * @param intent the version of a delete that is about to be carried out here
 */
public record LedgerEntry(
    Version version, State state, Optional<String> fingerprint, Optional<Version> intent) {

  /** What became of a key's content in this region. */
  public enum State {
    PRESENT,
    DELETED,
    /** It went with its bucket: the version is still known, the content is not. */
    LOST
  }

  public LedgerEntry {
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(state, "state");
    if (fingerprint.isPresent() != (state == State.PRESENT)) {
      throw new IllegalArgumentException(
          "a fingerprint belongs to what is present, and to it alone");
    }
  }

  /** Returns the entry of a key that is there. */
  public static LedgerEntry present(Version version, String fingerprint) {
    return new LedgerEntry(version, State.PRESENT, Optional.of(fingerprint), Optional.empty());
  }

  /** Returns the entry of a key that was deleted: a tombstone. */
  public static LedgerEntry deleted(Version version) {
    return new LedgerEntry(version, State.DELETED, Optional.empty(), Optional.empty());
  }

  /** Returns what this entry is once the bucket and all that was in it is gone. */
  public LedgerEntry lost() {
    return state == State.PRESENT
        ? new LedgerEntry(version, State.LOST, Optional.empty(), Optional.empty())
        : this;
  }

  LedgerEntry withIntent(Optional<Version> next) {
    return new LedgerEntry(version, state, fingerprint, next);
  }

  boolean isPresent() {
    return state == State.PRESENT;
  }
}
