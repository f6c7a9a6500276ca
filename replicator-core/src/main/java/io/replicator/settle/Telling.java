package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.model.Change;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.spi.Content;
import io.replicator.spi.Seen;
import io.replicator.wire.HintForm;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A telling takes what was found under a key to the other regions: past the guard, with the content
 * as it was seen, in one transaction with what is to be kept of it.
 *
 * @param change the hint or the arrival for which the store was looked at
 * @param known what the ledger held of the key before
 * @param seen what the store showed
 */
record Telling(
    Station station,
    Owner owner,
    Input input,
    Change change,
    Optional<LedgerEntry> known,
    Optional<Seen> seen) {

  /**
   * Tells of it.
   *
   * @param kept along with it
   * @return whether it is told; if not, the key was changed since it was seen
   */
  CompletionStage<Boolean> tell(Publication told, List<Output> kept) {
    Instant happened = happened(told);
    CompletionStage<Void> admitted =
        told.repair()
            ? CompletableFuture.completedFuture(null)
            : station.guard().admit(owner, change.key(), told, known, happened);
    return admitted
        .thenCompose(allowed -> content(told))
        .thenCompose(
            content ->
                content.isEmpty()
                    ? CompletableFuture.completedFuture(false)
                    : write(Told.change(change.key(), told, content.get(), happened), kept));
  }

  private CompletionStage<Boolean> write(Change news, List<Output> kept) {
    List<Output> outputs = new ArrayList<>(kept);
    outputs.add(new Output.Told(news));
    return station
        .outlet()
        .write(owner, outputs)
        .thenApply(
            durable -> {
              station.told(news);
              return true;
            });
  }

  private CompletionStage<Optional<Content>> content(Publication told) {
    if (told.kind() == Kind.DELETE) {
      return CompletableFuture.completedFuture(Optional.of(Told.NOTHING));
    }
    Seen there = seen.orElseThrow();
    return there.content().isPresent()
        ? CompletableFuture.completedFuture(there.content())
        : station.target().read(change.key(), there);
  }

  /**
   * When it happened: the notification tells it to the millisecond, the store by the second. One
   * that comes late or again tells of an earlier write than the one that is seen.
   */
  private Instant happened(Publication told) {
    Instant shown =
        seen.map(there -> Instant.ofEpochSecond(there.modifiedSeconds()))
            .orElse(Instant.ofEpochSecond(told.version().seconds()));
    if (input.inflow().isHints()) {
      Hint hint = HintForm.decode(change);
      if (hint.kind() == Hint.Kind.WRITTEN || hint.kind() == Hint.Kind.REMOVED) {
        return seen.isPresent() && hint.time().isBefore(shown) ? shown : hint.time();
      }
    }
    return shown;
  }
}
