package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerEntry.Intent;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.Seen;
import java.util.Optional;

/**
 * A settlement decides about one hint or one arrival of one key, step by step; whoever drives it
 * does what the steps say and brings back what came of them. It touches neither store nor Kafka.
 *
 * <p>Only the owner of the key in its region drives settlements of it, one after the other. When it
 * dies between any two steps the next owner begins the same hint or arrival anew, with what the
 * ledger holds by then; a request of the dead one must have landed, or never land, before that.
 *
 * <p>The algorithm is the project's own; its reasons stand in DESIGN.md, and the simulation in the
 * tests shows what each rule is for. Not thread-safe.
 */
public final class Settlement {
  private enum Waits {
    TO_BEGIN,
    FOR_LOOK,
    FOR_OBSERVATION,
    FOR_RESTART,
    FOR_INTENT,
    FOR_REQUEST,
    FOR_LAST_WORD
  }

  private final Region here;
  private final Optional<Arrival> arrival;
  private final Optional<Long> removedSeconds;
  private final boolean repair;
  private final boolean expired;
  private final Terms terms;
  private Optional<LedgerEntry> known;
  private Optional<Version> conflict = Optional.empty();
  private Optional<Seen> seen = Optional.empty();
  private Waits waits = Waits.TO_BEGIN;
  private Step.Outcome outcome = Step.Outcome.NOTHING_NEW;

  private Settlement(
      Region here,
      Terms terms,
      Optional<LedgerEntry> known,
      Optional<Arrival> arrival,
      Optional<Long> removedSeconds,
      Optional<Hint.Kind> kind) {
    this.here = here;
    this.terms = terms;
    this.known = known;
    this.arrival = arrival;
    this.removedSeconds = removedSeconds;
    this.repair = kind.filter(it -> it == Hint.Kind.REPAIR).isPresent();
    this.expired = kind.filter(it -> it == Hint.Kind.EXPIRED).isPresent();
  }

  /**
   * Settles a hint.
   *
   * @param here the region
   * @param known what the ledger holds of the key
   */
  public static Settlement of(Region here, Terms terms, Optional<LedgerEntry> known, Hint hint) {
    Optional<Long> removed =
        hint.kind() == Hint.Kind.REMOVED
            ? Optional.of(hint.time().getEpochSecond())
            : Optional.empty();
    return new Settlement(here, terms, known, Optional.empty(), removed, Optional.of(hint.kind()));
  }

  /** Settles what another region tells of the key. */
  public static Settlement of(
      Region here, Terms terms, Optional<LedgerEntry> known, Arrival arrival) {
    return new Settlement(
        here, terms, known, Optional.of(arrival), Optional.empty(), Optional.empty());
  }

  /**
   * Returns the version that lost against the other without having been seen by who wrote it, or
   * that one's against it: that of the arrival if it is superseded, else that of the ledger.
   */
  public Optional<Version> conflict() {
    return conflict;
  }

  /** Returns the first step. */
  public Step begin() {
    expect(Waits.TO_BEGIN);
    if (presumesAbsence() && !isSuperseded()) {
      return carryOut(arrival.orElseThrow());
    }
    return start();
  }

  /** The store was looked at. */
  public Step looked(Optional<Seen> there) {
    expect(Waits.FOR_LOOK);
    seen = there;
    Optional<Step.Commit> news = observe();
    if (news.isEmpty()) {
      return observed();
    }
    known = Optional.of(news.get().entry());
    outcome =
        news.get().publication().isPresent() ? Step.Outcome.PUBLISHED : Step.Outcome.REMEMBERED;
    waits = Waits.FOR_OBSERVATION;
    return news.get();
  }

  /** What was to be made durable is. */
  public Step committed() {
    return switch (waits) {
      case FOR_OBSERVATION -> observed();
      case FOR_RESTART -> start();
      case FOR_INTENT -> request();
      case FOR_LAST_WORD -> new Step.Done(outcome);
      default -> throw new IllegalStateException("nothing was to be committed: " + waits);
    };
  }

  /**
   * The content is written.
   *
   * @param fingerprint of what the store shows for it from now on
   */
  public Step written(String fingerprint) {
    expect(Waits.FOR_REQUEST);
    Arrival change = arrival.orElseThrow();
    return remember(LedgerEntry.present(change.version(), change.base(), fingerprint));
  }

  /** The key is deleted. */
  public Step removed() {
    expect(Waits.FOR_REQUEST);
    Arrival change = arrival.orElseThrow();
    return remember(LedgerEntry.deleted(change.version(), change.base()));
  }

  /** The store shows something else by now, and nothing was done: from the start. */
  public Step refused() {
    expect(Waits.FOR_REQUEST);
    if (known.isPresent() && known.get().intent().isPresent()) {
      known = Optional.of(known.get().withIntent(Optional.empty()));
      waits = Waits.FOR_RESTART;
      return new Step.Commit(Optional.empty(), known.get());
    }
    return start();
  }

  private void expect(Waits wanted) {
    if (waits != wanted) {
      throw new IllegalStateException("it waits " + waits + ", not " + wanted);
    }
  }

  private Step start() {
    if (isSuperseded() && !mayBeLost()) {
      return superseded();
    }
    waits = Waits.FOR_LOOK;
    return new Step.Look();
  }

  /** The first step of an arrival may be the request, since the store looks by itself. */
  private boolean presumesAbsence() {
    return terms.conditional()
        && arrival.filter(it -> it.kind() == Kind.UPSERT && it.unmarked().isEmpty()).isPresent()
        && known.filter(it -> it.isPresent() || it.intent().isPresent()).isEmpty();
  }

  private Step superseded() {
    Arrival late = arrival.orElseThrow();
    LedgerEntry winner = known.orElseThrow();
    boolean unseen =
        !late.version().equals(winner.version())
            && winner.base().filter(base -> base.compareTo(late.version()) >= 0).isEmpty();
    conflict = unseen && !late.repair() ? Optional.of(late.version()) : Optional.empty();
    return done(Step.Outcome.SUPERSEDED);
  }

  private Step done(Step.Outcome how) {
    waits = Waits.FOR_LAST_WORD;
    return new Step.Done(how);
  }

  private Step request() {
    waits = Waits.FOR_REQUEST;
    return arrival.orElseThrow().kind() == Kind.UPSERT
        ? new Step.Put(seen.map(Seen::fingerprint))
        : new Step.Delete(seen.orElseThrow().fingerprint());
  }

  private Step remember(LedgerEntry entry) {
    known = Optional.of(entry);
    outcome = Step.Outcome.APPLIED;
    waits = Waits.FOR_LAST_WORD;
    return new Step.Commit(Optional.empty(), entry);
  }

  /** What the store shows is in the ledger, and the other regions are told of it. */
  private Step observed() {
    if (arrival.isPresent()) {
      return isSuperseded() ? superseded() : carryOut(arrival.get());
    }
    if (repair && known.filter(entry -> entry.state() != LedgerEntry.State.LOST).isPresent()) {
      outcome = Step.Outcome.PUBLISHED;
      waits = Waits.FOR_LAST_WORD;
      return new Step.Publish(repairing(known.get()));
    }
    return done(outcome);
  }

  private static Publication repairing(LedgerEntry entry) {
    return new Publication(
        entry.isPresent() ? Kind.UPSERT : Kind.DELETE,
        entry.version(),
        Optional.empty(),
        entry.fingerprint(),
        true);
  }

  private Step carryOut(Arrival change) {
    conflict =
        known
            .map(LedgerEntry::version)
            .filter(loser -> !change.repair())
            .filter(loser -> change.base().filter(base -> base.compareTo(loser) >= 0).isEmpty());
    if (change.kind() == Kind.UPSERT) {
      return change.unmarked().isPresent() ? intend(change) : request();
    }
    if (seen.isEmpty()) {
      return remember(LedgerEntry.deleted(change.version(), change.base()));
    }
    // An owner that finds the key gone must know that it was this delete, not a user's.
    return intend(change);
  }

  private Step intend(Arrival change) {
    Intent intent = new Intent(change.version(), change.unmarked());
    // A key that nobody knew yet: as if it had been deleted before everything.
    LedgerEntry before =
        known.orElseGet(() -> LedgerEntry.deleted(new Version(0, 0, here), Optional.empty()));
    known = Optional.of(before.withIntent(Optional.of(intent)));
    waits = Waits.FOR_INTENT;
    return new Step.Commit(Optional.empty(), known.get());
  }

  /** Where a region only receives, the ledger may hold what the bucket does not any more. */
  private boolean mayBeLost() {
    return terms.receiveOnly()
        && arrival
            .filter(Arrival::repair)
            .filter(it -> it.version().equals(known.orElseThrow().version()))
            .isPresent();
  }

  private boolean isSuperseded() {
    if (arrival.isEmpty() || known.isEmpty()) {
      return false;
    }
    int order = arrival.get().version().compareTo(known.get().version());
    boolean brings =
        order == 0 && arrival.get().repair() && known.get().state() == LedgerEntry.State.LOST;
    return order <= 0 && !brings;
  }

  /** Returns what the store shows and the ledger does not hold yet. */
  private Optional<Step.Commit> observe() {
    return seen.isPresent() ? presence(seen.get()) : absence();
  }

  private Optional<Step.Commit> presence(Seen there) {
    Optional<Version> base = known.map(LedgerEntry::version);
    Optional<Version> replica =
        there.replicaOf().filter(version -> base.isEmpty() || version.compareTo(base.get()) > 0);
    if (replica.isPresent()) {
      // Applied by an owner that died before it could write that down.
      return remembered(LedgerEntry.present(replica.get(), base, there.fingerprint()));
    }
    if (known.flatMap(LedgerEntry::fingerprint).filter(there.fingerprint()::equals).isPresent()) {
      return Optional.empty();
    }
    Optional<Intent> intent = known.flatMap(LedgerEntry::intent);
    if (intent.flatMap(Intent::fingerprint).filter(there.fingerprint()::equals).isPresent()) {
      // Likewise, of what had no room for a marker.
      return remembered(LedgerEntry.present(intent.get().version(), base, there.fingerprint()));
    }
    if (terms.receiveOnly()) {
      return known.flatMap(entry -> worthless(entry, there));
    }
    Version version = after(base, there.modifiedSeconds());
    Optional<String> content = Optional.of(there.fingerprint());
    return published(
        new Publication(Kind.UPSERT, version, base, content, false),
        LedgerEntry.present(version, base, there.fingerprint()));
  }

  /**
   * What a region that only receives finds otherwise than it should be: its content is lost, and
   * what had been deleted and is there again counts as known, so that nobody is ever told of it.
   */
  private static Optional<Step.Commit> worthless(LedgerEntry entry, Seen there) {
    return switch (entry.state()) {
      case PRESENT -> remembered(entry.lost());
      case DELETED ->
          remembered(LedgerEntry.present(entry.version(), entry.base(), there.fingerprint()));
      case LOST -> Optional.empty();
    };
  }

  private Optional<Step.Commit> absence() {
    if (known.isEmpty() ? removedSeconds.isEmpty() : !known.get().isPresent()) {
      return Optional.empty();
    }
    Optional<Version> base = known.map(LedgerEntry::version);
    Optional<Intent> intent =
        known.flatMap(LedgerEntry::intent).filter(it -> it.fingerprint().isEmpty());
    if (intent.isPresent()) {
      return remembered(LedgerEntry.deleted(intent.get().version(), base));
    }
    if (terms.receiveOnly() || !terms.tellsDeletes() || expired) {
      // It is gone from here alone.
      return known.flatMap(entry -> remembered(entry.lost()));
    }
    // Without an event's time: just after what it deleted, so that it destroys nothing newer.
    Version version = after(base, removedSeconds.orElseGet(() -> base.orElseThrow().seconds()));
    return published(
        new Publication(Kind.DELETE, version, base, Optional.empty(), false),
        LedgerEntry.deleted(version, base));
  }

  /** The version of a local write: its time, but always after what it was written over. */
  private Version after(Optional<Version> base, long seconds) {
    if (base.isEmpty() || seconds > base.get().seconds()) {
      return new Version(seconds, 0, here);
    }
    return new Version(base.get().seconds(), base.get().count() + 1, here);
  }

  private static Optional<Step.Commit> remembered(LedgerEntry entry) {
    return Optional.of(new Step.Commit(Optional.empty(), entry));
  }

  private static Optional<Step.Commit> published(Publication publication, LedgerEntry entry) {
    return Optional.of(new Step.Commit(Optional.of(publication), entry));
  }
}
