package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Change;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.spi.Content;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import io.replicator.wire.Decoded;
import io.replicator.wire.HintForm;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * An attempt drives one settlement: does what its steps say, on the store and through the outlet,
 * and tells it what came of them. When anything fails the entry is settled by a new attempt, from
 * the beginning. Used by one thread at a time.
 */
final class Attempt {
  /** So long a body that is gone from its origin is waited for to be followed by a later change. */
  private static final Duration GONE = Duration.ofMinutes(10);

  private final Station station;
  private final Owner owner;
  private final Entry entry;
  private Settlement settlement;
  private Optional<LedgerEntry> known = Optional.empty();
  private Optional<Seen> seen = Optional.empty();

  Attempt(Station station, Owner owner, Entry entry) {
    this.station = station;
    this.owner = owner;
    this.entry = entry;
  }

  Entry entry() {
    return entry;
  }

  void rest() {
    owner.rest();
  }

  boolean wake() {
    return owner.wake(entry);
  }

  /** Begins, or begins again. */
  void begin() {
    guarded(
        () -> {
          if (entry.decoded instanceof Decoded.Captured captured) {
            begin(captured.change());
          } else {
            setAside(
                "record "
                    + entry.place()
                    + " cannot be read: "
                    + ((Decoded.Unreadable) entry.decoded).reason(),
                "find out who wrote it; only agents write to these topics");
          }
        });
  }

  private void begin(Change change) {
    known = owner.ledger().get(change.key());
    if (!entry.input.inflow().isHints()) {
      if (change.version().isEmpty()) {
        setAside(change + " has no version", "only agents write to change topics");
        return;
      }
      Optional<String> unmarked =
          change.kind() == Kind.UPSERT ? station.target().unmarkable(change) : Optional.empty();
      settlement =
          Settlement.of(station.here(), station.terms(), known, Arrival.of(change, unmarked));
      step(settlement.begin());
      return;
    }
    Optional<HintForm.Listing> listing = HintForm.listing(change);
    if (listing.isPresent()) {
      lookForMissing(listing.get());
    } else if (HintForm.kind(change).isEmpty()) {
      setAside(change + " is a hint of an unknown kind", "upgrade this agent, then send it again");
    } else {
      settlement = Settlement.of(station.here(), station.terms(), known, HintForm.decode(change));
      step(settlement.begin());
    }
  }

  private void lookForMissing(HintForm.Listing listing) {
    Instant now = station.clock().instant();
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    if (listing.complete()) {
      for (String key : owner.missing(listing.name())) {
        Hint hint = new Hint(key, Hint.Kind.LISTED, now);
        durable.add(station.hint(hint).toCompletableFuture());
      }
    }
    then(
        CompletableFuture.allOf(durable.toArray(CompletableFuture<?>[]::new)),
        nothing -> owner.finished(entry));
  }

  private void step(Step step) {
    if (step instanceof Step.Done done) {
      done(done.outcome());
    } else if (!owner.isOpen()) {
      owner.abandoned(entry);
    } else if (step instanceof Step.Look) {
      then(station.target().look(change().key(), wantsContent()), this::looked);
    } else if (step instanceof Step.Commit commit) {
      commit(commit);
    } else if (step instanceof Step.Publish publish) {
      publish(publish.publication(), List.of(), settlement::committed);
    } else if (step instanceof Step.Put put) {
      then(
          station
              .outlet()
              .confirm(owner)
              .thenCompose(
                  confirmed -> station.target().put(change(), put.expected(), this::isOwned)),
          this::put);
    } else if (step instanceof Step.Delete delete) {
      then(
          station
              .outlet()
              .confirm(owner)
              .thenCompose(
                  confirmed ->
                      station.target().delete(change().key(), delete.expected(), this::isOwned)),
          deleted -> step(deleted ? settlement.removed() : settlement.refused()));
    }
  }

  private boolean isOwned() {
    return owner.isOpen() && station.outlet().isConfirmed();
  }

  private Change change() {
    return ((Decoded.Captured) entry.decoded).change();
  }

  /** What is not known to be here is likely to be new, and a repair sends what is here. */
  private boolean wantsContent() {
    return entry.input.inflow().isHints()
        && (known.filter(LedgerEntry::isPresent).isEmpty()
            || HintForm.decode(change()).kind() == Hint.Kind.REPAIR);
  }

  private void looked(Optional<Seen> there) {
    seen = there;
    step(settlement.looked(there));
  }

  private void put(Put outcome) {
    if (outcome instanceof Put.Written written) {
      step(settlement.written(written.fingerprint()));
    } else if (outcome instanceof Put.Refused) {
      step(settlement.refused());
    } else if (outcome instanceof Put.BodyAway away) {
      entry.attempts++;
      station.patience().retry(this, away.why());
    } else if (outcome instanceof Put.BodyGone gone) {
      gone(gone.reason());
    }
  }

  /** The change that took the body away is on its way and settles the key, or it never comes. */
  private void gone(String reason) {
    if (owner.isFollowed(entry)) {
      done(Step.Outcome.SUPERSEDED);
      return;
    }
    Instant now = station.clock().instant();
    if (entry.goneSince == null) {
      entry.goneSince = now;
    }
    if (now.isAfter(entry.goneSince.plus(GONE))) {
      setAside(
          change() + ": its body is gone from every region: " + reason,
          "if the object is still wanted, write it again in "
              + entry.input.inflow().flow().origin());
      return;
    }
    entry.attempts++;
    station
        .patience()
        .retry(
            this,
            new ReplicationException(
                ReplicationException.Kind.TRANSIENT,
                reason,
                "a later change of the key is waited for; nothing is to be done",
                null));
  }

  private void commit(Step.Commit commit) {
    Output kept = new Output.Kept(LedgerRecord.entry(change().key(), commit.entry()));
    Runnable remember = () -> owner.ledger().put(change().key(), commit.entry());
    if (commit.publication().isPresent()) {
      publish(
          commit.publication().get(),
          List.of(kept),
          () -> {
            remember.run();
            return settlement.committed();
          });
      return;
    }
    then(
        station.outlet().write(owner, List.of(kept)),
        durable -> {
          remember.run();
          step(settlement.committed());
        });
  }

  /** Tells the other regions, and keeps along with it what is to be kept. */
  private void publish(Publication told, List<Output> kept, NextStep next) {
    String key = change().key();
    CompletionStage<Void> admitted =
        told.repair()
            ? CompletableFuture.completedFuture(null)
            : station.guard().admit(owner, key, told, known, seen);
    then(
        admitted.thenCompose(allowed -> content(told)),
        content -> {
          if (content.isEmpty()) {
            begin(); // it was changed since it was seen
            return;
          }
          Change change = Told.change(key, told, content.get(), happened(told));
          List<Output> outputs = new ArrayList<>(kept);
          outputs.add(new Output.Told(change));
          then(
              station.outlet().write(owner, outputs),
              durable -> {
                station.told(change);
                step(next.get());
              });
        });
  }

  private CompletionStage<Optional<Content>> content(Publication told) {
    if (told.kind() == Kind.DELETE) {
      return CompletableFuture.completedFuture(Optional.of(Told.NOTHING));
    }
    Seen there = seen.orElseThrow();
    return there.content().isPresent()
        ? CompletableFuture.completedFuture(there.content())
        : station.target().read(change().key(), there);
  }

  /** When it happened: the notification tells it to the millisecond, the store by the second. */
  private Instant happened(Publication told) {
    if (entry.input.inflow().isHints()) {
      Hint hint = HintForm.decode(change());
      if (hint.kind() == Hint.Kind.WRITTEN || hint.kind() == Hint.Kind.REMOVED) {
        return hint.time();
      }
    }
    return seen.map(there -> Instant.ofEpochSecond(there.modifiedSeconds()))
        .orElse(Instant.ofEpochSecond(told.version().seconds()));
  }

  private void done(Step.Outcome outcome) {
    Inflow inflow = entry.input.inflow();
    Optional<Output> conflict =
        settlement.conflict().map(loser -> station.conflict(inflow, change(), known, loser));
    CompletionStage<Void> written =
        conflict.isEmpty()
            ? CompletableFuture.completedFuture(null)
            : station.outlet().write(owner, List.of(conflict.get()));
    then(
        written,
        durable -> {
          if (!inflow.isHints()) {
            count(inflow, outcome);
          }
          station.patience().succeeded(entry);
          owner.finished(entry);
          station.pump();
        });
  }

  private void count(Inflow inflow, Step.Outcome outcome) {
    if (outcome == Step.Outcome.APPLIED) {
      inflow.figures().applied(change().size(), change().time());
    } else {
      inflow.figures().superseded();
    }
  }

  private void setAside(String reason, String hint) {
    then(
        station.outlet().write(owner, List.of(station.deadLetter(entry, reason))),
        durable -> {
          station.deadLettered(entry, reason, hint);
          station.patience().succeeded(entry);
          owner.finished(entry);
          station.pump();
        });
  }

  private <T> void then(CompletionStage<T> stage, Consumer<T> next) {
    stage.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            guarded(() -> next.accept(value));
          } else {
            failed(failure);
          }
        });
  }

  /** Whatever is thrown on the way is this attempt's failure, and must not be lost. */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void failed(Throwable failure) {
    if (!owner.isOpen()) {
      owner.abandoned(entry);
      return;
    }
    ReplicationException what = Patience.reason(failure);
    if (what.kind() == ReplicationException.Kind.POISON) {
      setAside(entry.key() + ": " + what.getMessage(), what.hint());
    } else {
      station.patience().failed(this, what);
    }
  }

  /** What comes after something is durable. */
  private interface NextStep {
    Step get();
  }
}
