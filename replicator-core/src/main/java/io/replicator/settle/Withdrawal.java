package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A withdrawal makes durable that what an entry intended to do to its key is not to be: the ledger
 * must not go on saying so, or a user's delete would count as ours.
 */
record Withdrawal(Station station, Owner owner, Entry entry) {
  /** Withdraws, and makes outputs durable along with it. */
  CompletionStage<Void> with(List<Output> outputs) {
    String key = entry.key();
    List<Output> all = new ArrayList<>(outputs);
    Optional<LedgerEntry> without =
        owner
            .ledger()
            .get(key)
            .filter(it -> it.intent().isPresent())
            .map(it -> it.withIntent(Optional.empty()));
    without.ifPresent(it -> all.add(new Output.Kept(LedgerRecord.entry(key, it))));
    return station
        .outlet()
        .write(owner, all)
        .thenRun(() -> without.ifPresent(it -> owner.ledger().put(key, it)));
  }

  /** Withdraws, and sets the entry aside as a dead letter. */
  CompletionStage<Void> asDeadLetter(String reason, String hint, Optional<Throwable> failure) {
    return with(List.of(station.deadLetter(entry, reason, failure)))
        .thenRun(() -> station.deadLettered(entry, reason, hint));
  }
}
