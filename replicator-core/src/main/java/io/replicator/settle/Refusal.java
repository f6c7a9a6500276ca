package io.replicator.settle;

import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Change;
import io.replicator.wire.Decoded;
import io.replicator.wire.HintForm;
import java.time.Instant;
import java.util.Optional;

/** A refusal says why an entry cannot be settled at all, whatever the store holds. */
record Refusal(String reason, String hint) {
  /**
   * Returns why an entry is refused; empty for what can be settled.
   *
   * @param remembered the ledger may have forgotten what came after a change that is older
   */
  static Optional<Refusal> of(Entry entry, Instant remembered) {
    if (entry.decoded instanceof Decoded.Unreadable unreadable) {
      return refused(
          "record " + entry.place() + " cannot be read: " + unreadable.reason(),
          "find out who wrote it; only agents write to these topics");
    }
    Change change = ((Decoded.Captured) entry.decoded).change();
    if (!LedgerRecord.isKey(change.key()) && HintForm.listing(change).isEmpty()) {
      // Under such keys the ledger keeps what is not of a key.
      return refused(
          change + " is of a key that is empty or begins with a zero byte",
          "such objects are not replicated: give it another name");
    }
    if (entry.input.inflow().isHints()) {
      return HintForm.listing(change).isPresent() || HintForm.kind(change).isPresent()
          ? Optional.empty()
          : refused(
              change + " is a hint of an unknown kind", "upgrade this agent, then send it again");
    }
    if (change.version().isEmpty()) {
      return refused(change + " has no version", "only agents write to change topics");
    }
    // On its own road it cannot come so late; parked and set aside again and again it can.
    return entry.isParked() && change.time().isBefore(remembered)
        ? refused(
            change + " is so old that a newer delete of its key may have been forgotten here",
            "drop it; if the key is still wanted, send what "
                + entry.input.inflow().flow().origin()
                + " has now: replicator backfill "
                + entry.input.inflow().flow()
                + " --repair")
        : Optional.empty();
  }

  private static Optional<Refusal> refused(String reason, String hint) {
    return Optional.of(new Refusal(reason, hint));
  }
}
