package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Change;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import io.replicator.wire.Decoded;
import io.replicator.wire.HintForm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * An attempt drives one settlement: does what its steps say, on the store and through the outlet,
 * and tells it what came of them. When anything fails the entry is settled by a new attempt, from
 * the beginning. Used by one thread at a time.
 */
final class Attempt {
  /** So often in a row an attempt begins again at once. */
  private static final int HOT = 3;

  private final Station station;
  private final Owner owner;
  private final Entry entry;
  private final Requests requests;
  private Settlement settlement;
  private Instant begunAt;
  private Answer answer = Answer.NONE;
  private int refusals;
  private Optional<LedgerEntry> known = Optional.empty();
  private Optional<Seen> seen = Optional.empty();

  Attempt(Station station, Owner owner, Entry entry) {
    this.station = station;
    this.owner = owner;
    this.entry = entry;
    this.requests = new Requests(station, owner, entry);
  }

  Entry entry() {
    return entry;
  }

  /** Returns the flows in which something of its key waits for it; its own is one. */
  Set<Inflow> held() {
    return owner.waiting(entry);
  }

  /** Holds on to nothing large while it rests. */
  void rest() {
    letGo();
    owner.rest();
  }

  /** Gives its place to others, until {@link #resume} or {@link #retry}. */
  void await() {
    letGo();
    owner.await(entry);
  }

  private void letGo() {
    seen = Optional.empty();
    settlement = null; // a new one is made at the beginning
  }

  /** Has its entry begun anew when its turn comes; false if the partition is given up. */
  boolean retry() {
    return owner.retry(entry);
  }

  /** Has a place again, to begin at once; false if none is free, or the partition is given up. */
  boolean resume() {
    return owner.resume(entry);
  }

  /** Ends the rest; false if the partition is given up. */
  boolean wake() {
    return owner.wake(entry);
  }

  /** Tells whether its partition is given up. */
  boolean isGivenUp() {
    return !owner.isOpen();
  }

  /** Tells whether its flow is paused, so that it must rest on. */
  boolean isPaused() {
    return entry.input.inflow().isPaused() && owner.isOpen();
  }

  /** Begins, or begins again. */
  void begin() {
    begunAt = station.clocks().steady().instant();
    answer = Answer.NONE;
    guarded(
        () -> {
          Optional<Refusal> refusal = Refusal.of(entry, station.remembersSince());
          if (refusal.isPresent()) {
            setAside(refusal.get().reason(), refusal.get().hint(), Optional.empty());
          } else {
            begin(change());
          }
        });
  }

  private void begin(Change change) {
    known = owner.ledger().get(change.key());
    if (!entry.input.inflow().isHints()) {
      Optional<Entry> heir =
          entry.attempts >= Patience.CONSPICUOUS ? owner.heir(entry) : Optional.empty();
      if (heir.isPresent()) {
        giveWay(heir.get());
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
    } else {
      settlement = Settlement.of(station.here(), station.terms(), known, HintForm.decode(change));
      step(settlement.begin());
    }
  }

  /** Has every key looked at that a complete listing should have shown. */
  private void lookForMissing(HintForm.Listing listing) {
    if (listing.complete()) {
      entry.shown = entry.shown.or(() -> owner.shown(listing.name()));
    }
    if (entry.shown.isEmpty()) {
      finish();
      return;
    }
    then(station.lookAt(owner, entry.shown.get()), durable -> finish());
  }

  private void step(Step step) {
    if (step instanceof Step.Done done) {
      done(done.outcome());
    } else if (!owner.isOpen()) {
      owner.abandoned(entry);
    } else if (step instanceof Step.Look) {
      then(requests.look(wantsContent()), this::looked);
    } else if (step instanceof Step.Commit commit) {
      commit(commit);
    } else if (step instanceof Step.Publish publish) {
      publish(publish.publication(), List.of(), settlement::committed);
    } else if (step instanceof Step.Put put) {
      then(requests.put(change(), put.expected()), this::put);
    } else if (step instanceof Step.Delete delete) {
      then(requests.delete(change().key(), delete.expected()), this::deleted);
    }
  }

  /** Once or twice somebody was quicker; a store that goes on refusing is not asked hot. */
  private void refused() {
    if (++refusals < HOT) {
      step(settlement.refused());
      return;
    }
    refusals = 0;
    then(
        withdrawal().with(List.of()),
        durable ->
            failed(
                new ReplicationException(
                    ReplicationException.Kind.TRANSIENT,
                    "the store goes on saying that " + change().key() + " is not what it shows",
                    "if this lasts: does the store carry out conditional writes as declared?",
                    null)));
  }

  private void retry(ReplicationException why) {
    entry.attempts++;
    station.patience().retry(this, why);
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
    answer = Answer.SOME;
    seen = there;
    step(settlement.looked(there));
  }

  private void put(Put outcome) {
    if (outcome instanceof Put.Written written) {
      answer = Answer.WRITTEN;
      step(settlement.written(written.fingerprint()));
    } else if (outcome instanceof Put.Refused) {
      answer = Answer.SOME;
      refused();
    } else if (outcome instanceof Put.BodyAway away) {
      if (away.why().kind() == ReplicationException.Kind.POISON) {
        entry.attempts++;
        setAside(
            change() + ": " + away.why().getMessage(), away.why().hint(), Optional.of(away.why()));
        return;
      }
      retry(away.why());
    } else if (outcome instanceof Put.BodyGone gone) {
      gone(gone.reason());
    }
  }

  private void deleted(boolean deleted) {
    answer = Answer.SOME;
    if (deleted) {
      step(settlement.removed());
    } else {
      refused();
    }
  }

  /** The change that took the body away is on its way and settles the key, or it never comes. */
  private void gone(String reason) {
    Optional<Entry> heir = owner.heir(entry);
    if (heir.isPresent()) {
      giveWay(heir.get());
    } else if (entry.isGoneForLong(station.clocks().steady().instant())) {
      entry.attempts++;
      setAside(
          change() + ": its body is gone from every region: " + reason,
          "if the object is still wanted, write it again in "
              + entry.input.inflow().flow().origin(),
          Optional.empty());
    } else {
      retry(
          new ReplicationException(
              ReplicationException.Kind.TRANSIENT,
              reason,
              "a later change of the key is waited for; nothing is to be done",
              null));
    }
  }

  /** What was told of the key since says more than this. */
  private void giveWay(Entry heir) {
    then(
        withdrawal().with(List.of()),
        durable -> {
          entry.input.inflow().figures().superseded();
          then(
              station.end(owner, entry),
              ended -> {
                // Before the other may begin: it may be done at once, and nothing is wrong then.
                station.patience().gaveWay(entry, heir);
                owner.giveWay(entry, heir);
                station.pump();
              });
        });
  }

  private void commit(Step.Commit commit) {
    Output kept = new Output.Kept(LedgerRecord.entry(change().key(), commit.entry()));
    Runnable remember =
        () -> {
          if (owner.ledger().put(change().key(), commit.entry())) {
            station.losses().found(entry.input.inflow().flow(), change().key());
          }
        };
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
  private void publish(Publication publication, List<Output> kept, NextStep next) {
    then(
        new Telling(station, owner, entry.input, change(), known, seen).tell(publication, kept),
        told -> {
          if (told) {
            step(next.get());
          } else {
            changedSince();
          }
        });
  }

  /** Begins anew, for it was changed since it was seen. */
  private void changedSince() {
    if (++refusals < HOT) {
      begin();
    } else {
      refused();
    }
  }

  private void done(Step.Outcome outcome) {
    Inflow inflow = entry.input.inflow();
    Optional<Output> conflict =
        settlement
            .conflict()
            .map(
                loser ->
                    station.conflict(inflow, change(), owner.ledger().get(change().key()), loser));
    CompletionStage<Void> written =
        conflict.isEmpty()
            ? CompletableFuture.completedFuture(null)
            : station.outlet().write(owner, List.of(conflict.get()));
    then(
        written,
        durable -> {
          if (!inflow.isHints()) {
            inflow.count(change(), entry.isParked(), outcome);
          }
          finish();
        });
  }

  private void finish() {
    then(
        station.end(owner, entry),
        durable -> {
          station.patience().succeeded(entry, answer, begunAt);
          owner.finished(entry);
          station.pump();
        });
  }

  private void setAside(String reason, String hint, Optional<Throwable> failure) {
    then(withdrawal().asDeadLetter(reason, hint, failure), durable -> finish());
  }

  private Withdrawal withdrawal() {
    return new Withdrawal(station, owner, entry);
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
    switch (what.kind()) {
      case POISON -> giveUp(what);
      case TRANSIENT -> {
        if (!entry.input.inflow().isHints() && station.patience().isSpent(entry)) {
          spent(what);
        } else {
          station.patience().failed(this, begunAt, what);
        }
      }
      default -> station.patience().failed(this, begunAt, what);
    }
  }

  private void giveUp(ReplicationException why) {
    entry.attempts++;
    setAside(entry.key() + ": " + why.getMessage(), why.hint(), Optional.of(why));
  }

  private void spent(ReplicationException why) {
    if (!station.patience().skips()) {
      giveUp(why);
      return;
    }
    then(
        withdrawal().with(List.of()),
        durable -> {
          entry.input.inflow().figures().skipped(entry.key() + ": " + why.getMessage(), why.hint());
          finish();
        });
  }

  /** What comes after something is durable. */
  private interface NextStep {
    Step get();
  }
}
