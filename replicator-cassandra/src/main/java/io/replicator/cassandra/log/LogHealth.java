package io.replicator.cassandra.log;

import io.replicator.cassandra.NodeAddress;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The health of a flow's reading: what it could not read, and what it passes over. Thread-safe. */
final class LogHealth {
  private static final Logger LOG = LoggerFactory.getLogger(LogHealth.class);
  private static final String MEND =
      "set cdc = false on the table, or change the column; all else goes on, and accept-gap does not"
          + " end this";

  private final String flow;
  private final Supplier<List<String>> refusals;
  private final AtomicLong applied = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong leftOut = new AtomicLong();
  private final Set<Path> setAside = ConcurrentHashMap.newKeySet();
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private final Set<String> toldDropped = ConcurrentHashMap.newKeySet();
  private final Losses losses;
  private volatile Condition trouble = Condition.RUNNING;
  private volatile Optional<Condition> unreadable = Optional.empty();
  private volatile Optional<Condition> unwritable = Optional.empty();
  private volatile Optional<Condition> refusal = Optional.empty();

  /**
   * @param flow as an operator writes it
   * @param gap what is known to be missing from before, one loss a line; empty if nothing is
   * @param refusals why what tables of the flow cannot be replicated, as they are now
   */
  LogHealth(String flow, String gap, Supplier<List<String>> refusals) {
    this.flow = flow;
    this.losses = new Losses(gap);
    this.refusals = refusals;
  }

  /** An entry was passed over because it came from another region. */
  void applied() {
    applied.incrementAndGet();
  }

  /** An entry was passed over because its table was dropped. */
  void dropped(EntryDecoder.Gone what) {
    dropped.incrementAndGet();
    if (toldDropped.add(what.table())) {
      LOG.warn("flow {}: {}", flow, passedOver(what));
    }
  }

  static String passedOver(EntryDecoder.Gone what) {
    return "what was written "
        + what.when()
        + " to "
        + what.table()
        + ", which was dropped since, is passed over, and so is what else is read of it; nothing of"
        + " it is left to be sent here: DROP it in the other regions as well, where it still is";
  }

  /** Something in a segment could not be read, perhaps not for the first time. */
  void setAside(Path segment) {
    setAside.add(segment);
  }

  /** Columns were left out that cannot be replicated. */
  void leftOut(int columns) {
    leftOut.addAndGet(columns);
  }

  /** Something is missing that was written. */
  void lost(String what) {
    warn(losses.add(what));
  }

  private void warn(Optional<String> fresh) {
    fresh.ifPresent(what -> LOG.warn("flow {}: {}", flow, what));
  }

  /**
   * Segments are gone of which nothing proves that they were read; one loss for each beginning.
   *
   * @param since from when on something is not durable yet, in words
   * @param before when what followed them was begun, or later
   * @param hadChanges whether a segment with changes was ever read
   */
  void deleted(String since, Instant before, boolean hadChanges) {
    warn(
        losses.widen(
            "the node deleted segments of its commit log, and nothing proves that they were read"
                + " before (it does so for want of space, or somebody else did"
                + (hadChanges
                    ? ""
                    : "; it also does so when it starts, without any loss, where nothing that is"
                        + " captured was written yet")
                + "): what was written from "
                + since
                + " to ",
            before,
            " may be missing"));
  }

  /**
   * An entry cannot be read to its end; nothing is lost where all of it is of a table that is gone.
   */
  void torn(EntryDecoder.Entry.Torn torn, WriteTime written) {
    if (!torn.alone()) {
      // One loss for all batches of a segment, and not one for each that pushes others out.
      lost(
          "batches that were written from "
              + written.from()
              + " on have mutations of "
              + torn.what()
              + ", which cannot be read: what they wrote to other tables may be missing");
    }
    // Once the class is here nothing else would tell of what went by.
    torn.unknownType()
        .ifPresent(
            why ->
                lost(
                    "what was written to "
                        + torn.what()
                        + " from "
                        + written.from()
                        + " on is missing: "
                        + why));
    if (torn.alone() && !torn.refused()) {
      dropped(
          new EntryDecoder.Gone(torn.what(), "between " + written.from() + " and " + written.to()));
    }
  }

  /** Returns what is known to be missing, one loss a line; empty if nothing is. */
  String gap() {
    return losses.kept();
  }

  /** A condition of the flow was shown to an operator: this one's, or another's. */
  void shown(Condition condition) {
    losses.shown(condition.reason());
  }

  /** Takes as lost what was {@link #shown} last: nobody has seen yet what was met since. */
  void acceptGap() {
    losses.accept().forEach(loss -> LOG.info("flow {}: taken as lost: {}", flow, loss));
  }

  /** Reading waits for something. */
  void waits(FlowState state, String reason, String hint) {
    trouble = new Condition(state, reason, hint);
  }

  /** Telling what stands somewhere failed, and is tried again. */
  void cannotTell(Position at, RuntimeException failure) {
    waits(
        FlowState.BLOCKED,
        "what stands in the commit log at " + at + " cannot be told: " + failure,
        "it is tried again; tell the developers if it stays, with the log at DEBUG; nothing is"
            + " lost while the space for CDC lasts");
  }

  /** Reading ended, and does not go on by itself. */
  void ended(Error failure) {
    waits(
        FlowState.FAILED,
        "reading the commit log ended: " + failure,
        "restart the capture, and tell the developers; nothing is lost while the space lasts");
  }

  /** The folder of a node's log has nothing of what the node writes now. */
  void blind(Path log, NodeAddress node) {
    waits(
        FlowState.BLOCKED,
        log
            + " has no segment of what the Cassandra node at "
            + node
            + " writes now, which links each one into its cdc_raw_directory: nothing of it is"
            + " captured",
        "mount the node's cdc_raw_directory there, or set stores.cassandra.capture."
            + "cdc-raw-directory to where it is and restart the capture. If links were removed there,"
            + " restart the node: it goes on writing to the segment that has none. The capture goes"
            + " on by itself once a segment that is there is written to");
  }

  /**
   * The node writes to segments whose ids are smaller than those that were read before.
   *
   * @param id the first of them
   * @param at what is read
   * @param positions where those of all flows are kept
   */
  void wentBack(Path log, long id, Position at, Path positions) {
    waits(
        FlowState.BLOCKED,
        "segment "
            + id
            + " in "
            + log
            + " is written to, and nothing from segment "
            + at.segment()
            + " on, up to which all was read before: the node's ids went back, as they do if its"
            + " clock was ahead once and its commit log was moved away since. What it writes now is not captured,"
            + " and nothing is deleted",
        "stop the capture; move the segments from id "
            + at.segment()
            + " on, with their indexes, out of "
            + log
            + " and the files out of "
            + positions
            + "; start the capture, which reads all that stands there then (what was replicated"
            + " before changes nothing), and send the present state: replicator backfill "
            + flow
            + ". Nothing is lost meanwhile while the space for CDC lasts. Where segments"
            + " were only copied there, do nothing: this ends once something is read from segment "
            + at.segment()
            + " on");
  }

  /** The node runs with settings by which it cannot be captured; empty if it does not. */
  void refused(Optional<Condition> why) {
    why.filter(it -> refusal.isEmpty())
        .ifPresent(it -> LOG.warn("flow {}: {}; {}", flow, it.reason(), it.hint()));
    if (why.isEmpty() && refusal.isPresent()) {
      LOG.info("flow {}: the node can be captured again", flow);
    }
    refusal = why;
  }

  void failed(Path where, Exception failure) {
    Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
    boolean isOwn = cause instanceof SyncedFile.Unwritable;
    trouble =
        isOwn
            ? new Condition(
                FlowState.BLOCKED,
                cause.getMessage(),
                "look at the room and the rights there (capture.directory): what is read is kept in"
                    + " it; nothing is lost while the space for CDC lasts")
            : new Condition(
                FlowState.BLOCKED,
                "the commit log in " + where + " cannot be read: " + failure,
                "look at the directory and its rights; nothing is lost while its space lasts");
    if (isOwn) {
      unwritable = Optional.of(trouble);
    } else {
      unreadable = Optional.of(trouble);
    }
  }

  /** The log's directory could be looked at. */
  void looks() {
    ended(unreadable);
  }

  /** A file of the capture's own could be written. */
  void writes() {
    ended(unwritable);
  }

  /** What does not stand in the way any more is not shown until something else is read. */
  private void ended(Optional<Condition> cause) {
    if (cause.filter(trouble::equals).isPresent()) {
      trouble = Condition.RUNNING;
    }
  }

  /** Nothing stands in the way. */
  void reads() {
    trouble = Condition.RUNNING;
  }

  Condition condition() {
    Condition present = refusal.orElse(trouble);
    if (present.state() != FlowState.RUNNING) {
      return present;
    }
    List<String> refused = refusals.get();
    told.retainAll(refused);
    refused.stream()
        .filter(told::add)
        .forEach(why -> LOG.warn("flow {}: not replicated: {}. {}", flow, why, MEND));
    if (!losses.isEmpty()) {
      return new Condition(
          FlowState.DEGRADED,
          losses.present(),
          "send the present state: replicator backfill "
              + flow
              + " [--token-range FROM:TO]; then replicator accept-gap "
              + flow);
    }
    return refused.isEmpty()
        ? present
        : new Condition(FlowState.DEGRADED, "not replicated: " + String.join("; ", refused), MEND);
  }

  /** Returns how much was passed over, for the log. */
  String passedOver() {
    return applied
        + " entries that were applied here, "
        + dropped
        + " of dropped tables, "
        + leftOut
        + " columns";
  }

  long setAsideCount() {
    return setAside.size();
  }

  long droppedCount() {
    return dropped.get();
  }
}
