package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Change.Kind;
import io.replicator.model.Resource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SettleTarget;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guard lets no accident travel: before anything that was found in the bucket is told to other
 * regions, the bucket must be the one whose keys the ledger knows, must not have gone back in time,
 * and must not lose more keys a minute than the operator allows. What it refuses is BLOCKED, which
 * stops the resource until the operator says that it is meant so. Thread-safe.
 */
final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  /** A bucket's identity was right so lately that it need not be asked for again. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Clocks of two regions may be so far apart; what is older than that was put back. */
  private static final Duration TOLERANCE = Duration.ofMinutes(1);

  /** For so long an operator's word lets pass what it was asked for. */
  private static final Duration LENIENCE = Duration.ofHours(1);

  private final Resource resource;
  private final SettleTarget target;
  private final Inquiry inquiry;
  private final Outlet outlet;
  private final InstantSource clock;
  private final int mostDeletes;
  private final boolean receiveOnly;
  private final Deque<Instant> deletes = new ArrayDeque<>();
  private Instant lenientUntil = Instant.EPOCH;
  private Instant rightAt = Instant.EPOCH;
  private String right = "";
  private boolean asking;

  /** It is another bucket; that may mend itself. */
  private Optional<ReplicationException> strange = Optional.empty();

  /** Something that only the operator can judge. */
  private Optional<ReplicationException> odd = Optional.empty();

  /**
   * @param mostDeletes that may be told to other regions in a minute
   * @param receiveOnly whether any bucket is right, because nothing is told of what is in it
   */
  Guard(
      Resource resource,
      SettleTarget target,
      Outlet outlet,
      InstantSource clock,
      int mostDeletes,
      boolean receiveOnly) {
    this.resource = resource;
    this.target = target;
    this.inquiry = new Inquiry(target::identity, FRESH, clock);
    this.outlet = outlet;
    this.clock = clock;
    this.mostDeletes = mostDeletes;
    this.receiveOnly = receiveOnly;
  }

  /** Tells whether nothing is asked of the operator. */
  boolean isContent() {
    synchronized (this) {
      if (strange.isEmpty() || asking) {
        return strange.isEmpty() && odd.isEmpty();
      }
      asking = true;
    }
    inquiry.ask(true).whenComplete((answer, failure) -> asked(answer));
    return false;
  }

  private synchronized void asked(Inquiry.Answer answer) {
    asking = false;
    if (answer != null && answer.identity().filter(right::equals).isPresent()) {
      strange = Optional.empty();
    }
  }

  /**
   * Makes sure, when an owner begins, that the bucket is the one of its ledger; a bucket that has
   * no ledger yet is taken as it is.
   *
   * @return a stage that completes exceptionally with a BLOCKED failure if it is another one
   */
  CompletionStage<Void> begin(Owner owner) {
    if (owner.ledger().identity().isPresent() && !receiveOnly) {
      return recognise(owner, true);
    }
    return target.claim().thenCompose(identity -> adopt(owner, identity));
  }

  /**
   * Looks, now and then, whose bucket it is, so that an accident is noticed also where nothing
   * makes an owner look.
   *
   * @param refused is told of a BLOCKED failure
   */
  void watch(Owner owner, Consumer<ReplicationException> refused) {
    if (owner.ledger().identity().isEmpty()) {
      return;
    }
    recognise(owner, true)
        .whenComplete(
            (right, failure) -> {
              ReplicationException what = failure == null ? null : Patience.reason(failure);
              if (what != null && what.kind() == ReplicationException.Kind.BLOCKED) {
                synchronized (this) {
                  strange = Optional.of(what);
                }
                refused.accept(what);
              }
            });
  }

  private CompletionStage<Void> adopt(Owner owner, String identity) {
    return outlet
        .write(owner, List.of(new Output.Kept(LedgerRecord.identity(identity))))
        .thenRun(() -> owner.ledger().setIdentity(identity));
  }

  /**
   * Lets something that was found in the bucket be told, or not.
   *
   * @param known what the ledger holds of the key
   * @param happened when it was written, by its notification or the store, whichever is later
   * @return a stage that completes exceptionally with a BLOCKED failure if it must not
   */
  CompletionStage<Void> admit(
      Owner owner, String key, Publication told, Optional<LedgerEntry> known, Instant happened) {
    // What is missing may be so because all is: only an identity asked for since then counts.
    return recognise(owner, told.kind() == Kind.DELETE)
        .thenRun(
            () -> {
              if (told.kind() == Kind.DELETE) {
                count();
              } else if (known.isPresent()) {
                refuseOlder(key, happened, known.get());
              }
            });
  }

  /**
   * Makes sure that the bucket is the one of an owner's ledger.
   *
   * @param anew whether an answer of a second ago does not do
   * @return a stage that completes exceptionally with a BLOCKED failure if it is another one
   */
  CompletionStage<Void> recognise(Owner owner, boolean anew) {
    String known = owner.ledger().identity().orElse("");
    synchronized (this) {
      right = known;
      if (!anew && strange.isEmpty() && clock.instant().isBefore(rightAt.plus(FRESH))) {
        return CompletableFuture.completedFuture(null);
      }
    }
    return inquiry
        .ask(anew)
        .thenAccept(
            answer -> {
              if (answer.identity().filter(known::equals).isEmpty()) {
                throw another(answer.identity());
              }
              synchronized (this) {
                rightAt = answer.asked();
                strange = Optional.empty();
              }
            });
  }

  private synchronized ReplicationException another(Optional<String> found) {
    ReplicationException failure =
        blocked(
            "the bucket of "
                + resource
                + " is not the one that this region knows: "
                + (found.isEmpty()
                    ? "nothing is at its identity's place, "
                    : "its identity is another, ")
                + target.identityName()
                + (found.isEmpty()
                    ? " (emptied, made anew, or was prefix or rename changed?)"
                    : " (made anew, restored from a copy, or was prefix or rename changed?)"),
            "nothing is taken from it or told of it. If it was lost or restored: set receive-only:"
                + " true for it here and reload, run replicator backfill --repair in another"
                + " region, then take it out again. If prefix or rename was changed: undo that, or"
                + " see that each object has its present name, for what has another counts as"
                + " deleted, then run replicator accept-gap for its own flow. If all is meant to be"
                + " so, do so as well");
    strange = Optional.of(failure);
    return failure;
  }

  private synchronized void count() {
    odd.ifPresent(
        failure -> {
          throw failure;
        });
    Instant now = clock.instant();
    while (!deletes.isEmpty() && deletes.peek().isBefore(now.minus(MINUTE))) {
      deletes.remove();
    }
    if (deletes.size() >= mostDeletes && now.isAfter(lenientUntil)) {
      throw odd(
          "more than " + mostDeletes + " keys of " + resource + " were deleted here in a minute",
          "see whether that is meant; then run replicator accept-gap for its own flow, or raise"
              + " max-deletes. The deletes wait, nothing is lost meanwhile");
    }
    deletes.add(now);
  }

  private synchronized void refuseOlder(String key, Instant modified, LedgerEntry known) {
    Instant last = Instant.ofEpochSecond(known.version().seconds());
    if (known.state() != LedgerEntry.State.LOST
        && modified.plus(TOLERANCE).isBefore(last)
        && clock.instant().isAfter(lenientUntil)) {
      throw odd(
          "the bucket of "
              + resource
              + " has gone back in time: "
              + key
              + " is of "
              + modified
              + ", and this region knows one of "
              + last,
          "was it restored from an older copy? Then set receive-only: true for it here and reload,"
              + " run replicator backfill --repair in another region, and take it out again. If"
              + " all is meant to be so, run replicator accept-gap for its own flow");
    }
  }

  /** What was asked is meant so, says the operator; what was not asked is not answered. */
  void accept(Iterable<Owner> owners) {
    boolean another;
    synchronized (this) {
      another = strange.isPresent();
      if (odd.isPresent()) {
        lenientUntil = clock.instant().plus(LENIENCE);
      }
      odd = Optional.empty();
    }
    if (!another) {
      return;
    }
    target
        .claim()
        .whenComplete(
            (identity, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "{}: the bucket could not be taken as it is; say so again: {}",
                    resource,
                    Patience.reason(failure).getMessage());
                return;
              }
              synchronized (this) {
                strange = Optional.empty();
                rightAt = Instant.EPOCH;
              }
              owners.forEach(owner -> adopt(owner, identity));
            });
  }

  private ReplicationException odd(String reason, String hint) {
    ReplicationException failure = blocked(reason, hint);
    odd = Optional.of(failure);
    return failure;
  }

  private static ReplicationException blocked(String reason, String hint) {
    return new ReplicationException(ReplicationException.Kind.BLOCKED, reason, hint, null);
  }
}
