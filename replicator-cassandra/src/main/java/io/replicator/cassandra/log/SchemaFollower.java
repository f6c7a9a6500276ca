package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.DriverException;
import io.replicator.model.FlowState;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Reads entries of a log by a schema that is no older than they are.
 *
 * <p>A node applies a change of its schema as it does any write, to tables of its own, and lets
 * nobody use it before: so the change stands in the log before the first mutation that needs it
 * ({@code SchemaKeyspace.applyChanges} in {@code DefaultSchemaUpdateHandler}). The schema is read
 * again where that is met, and the node is asked whether it has another one where it may have been
 * missed: at the beginning of a segment, since one without captured mutations is never seen. A
 * question takes its time from users' writes. Used by the reading thread.
 */
final class SchemaFollower {
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** How often the node is asked at the most, however often its schema changes. */
  private static final Duration APART = Duration.ofMillis(100);

  /**
   * For so long after a change of the schema every section has the schema read again, since it may
   * be logged before it is told: where the node syncs its log before it goes on.
   */
  private static final Duration FRESH = Duration.ofSeconds(2);

  /** For so long the version is asked for, since a node without room may take its time. */
  private static final Duration UNSETTLED = Duration.ofMinutes(1);

  /** What is known of the schema that was read last. */
  private enum Doubt {
    /** It is the one by which the entries that follow were written. */
    NONE,
    /** The node may have got another one since. */
    OLD,
    /** The node has got another one since. */
    CHANGED
  }

  private final NodeLink node;
  private final EntryDecoder decoder;
  private final LogHealth health;
  private final InstantSource clock;
  private final BooleanSupplier closed;
  private Doubt doubt = Doubt.OLD;
  private Position place = Position.startOf(-1);
  private Instant asked = Instant.EPOCH;
  private Instant changed = Instant.EPOCH;

  /** Whether the tables themselves were read since the present section was. */
  private boolean read;

  /** Whether the flow was said to wait for the node. */
  private boolean waits;

  /** Tables that have {@code cdc = false} still, as the node said since. */
  private final Set<UUID> uncaptured = new HashSet<>();

  /**
   * @param closed ends all waiting
   */
  SchemaFollower(
      NodeLink node,
      EntryDecoder decoder,
      LogHealth health,
      InstantSource clock,
      BooleanSupplier closed) {
    this.node = node;
    this.decoder = decoder;
    this.health = health;
    this.clock = clock;
    this.closed = closed;
  }

  /** Takes note that entries were passed over: a change of the schema may have been among them. */
  void missed() {
    if (doubt == Doubt.NONE) {
      doubt = Doubt.OLD;
    }
  }

  /**
   * Decodes an entry, by a schema read after it was written if need be.
   *
   * @param at where it stands
   */
  EntryDecoder.Entry decode(ByteBuffer entry, int version, Position at)
      throws InterruptedException, DamagedLogException {
    moveTo(at);
    EntryDecoder.Entry decoded = decoder.decode(entry, version);
    if (doubt != Doubt.NONE && !(decoded instanceof EntryDecoder.Entry.Schema)) {
      resolve();
      decoded = decoder.decode(entry, version);
    }
    if (decoded instanceof EntryDecoder.Entry.Schema) {
      doubt = Doubt.CHANGED;
      changed = clock.instant();
      return decoded;
    }
    while (!closed.getAsBoolean()) {
      boolean unsure = decoded instanceof EntryDecoder.Entry.Uncaptured;
      if (!unsure && !(decoded instanceof EntryDecoder.Entry.SchemaBehind)) {
        return decoded;
      }
      try {
        if (read
            || (decoded instanceof EntryDecoder.Entry.Uncaptured some && isStill(some.tables()))) {
          answered();
          return settled(decoded, entry, version);
        }
        // Its version may be told later than what it stands for: the tables themselves may not.
        refresh();
        decoded = decoder.decode(entry, version);
      } catch (DriverException e) {
        await(e);
      }
    }
    throw new InterruptedException("closed while the schema was awaited");
  }

  private void moveTo(Position at) {
    boolean sameSegment = at.segment() == place.segment();
    if (sameSegment && at.section() == place.section()) {
      return;
    }
    place = at;
    read = false;
    Duration since = Duration.between(changed, clock.instant());
    if (since.compareTo(FRESH) < 0) {
      doubt = Doubt.CHANGED;
    } else if (!sameSegment || (since.compareTo(UNSETTLED) < 0 && !wasAskedLately())) {
      missed();
    }
  }

  /**
   * Gets a schema that is no older than the entry at hand. What a key's column or a type's field is
   * called does not show in an entry, so that reading it with success proves nothing.
   */
  private void resolve() throws InterruptedException {
    if (wasAskedLately()) {
      TimeUnit.NANOSECONDS.sleep(APART.minus(Duration.between(asked, clock.instant())).toNanos());
    }
    while (!closed.getAsBoolean()) {
      try {
        asked = clock.instant();
        uncaptured.clear();
        if (doubt == Doubt.CHANGED || !node.schema().isCurrent(node.session())) {
          refresh();
        }
        doubt = Doubt.NONE;
        answered();
        return;
      } catch (DriverException e) {
        await(e);
      }
    }
    throw new InterruptedException("closed while the schema was awaited");
  }

  private boolean wasAskedLately() {
    return Duration.between(asked, clock.instant()).compareTo(APART) < 0;
  }

  private void refresh() throws InterruptedException {
    node.schema().refresh(node.session());
    read = true;
    answered();
  }

  /**
   * Asks the node for these tables alone: one that is written to all the time and not captured must
   * not have all others read each time.
   */
  private boolean isStill(Set<UUID> tables) {
    for (UUID table : tables) {
      if (!uncaptured.contains(table)) {
        if (!node.schema().isStillUncaptured(node.session(), table)) {
          return false;
        }
        uncaptured.add(table);
      }
    }
    return true;
  }

  /** The schema is the node's present one, and the entry still cannot be read by it. */
  private EntryDecoder.Entry settled(EntryDecoder.Entry decoded, ByteBuffer entry, int version)
      throws DamagedLogException {
    if (decoded instanceof EntryDecoder.Entry.Uncaptured mixed) {
      return mixed.others().isEmpty()
          ? new EntryDecoder.Entry.Other()
          : new EntryDecoder.Entry.Mutations(mixed.others(), mixed.leftOut());
    }
    EntryDecoder.Entry.SchemaBehind behindOf = (EntryDecoder.Entry.SchemaBehind) decoded;
    if (node.schema().table(behindOf.table()).isEmpty()) {
      node.schema().ignore(behindOf.table());
      return decoder.decode(entry, version);
    }
    throw new DamagedLogException(behindOf.why());
  }

  /** What the sink takes decides when reading goes on, and this is not said until then. */
  private void answered() {
    if (waits) {
      waits = false;
      health.reads();
    }
  }

  private void await(DriverException e) throws InterruptedException {
    waits = true;
    health.waits(
        FlowState.BLOCKED,
        "the node at "
            + node.address()
            + " does not tell its schema, by which the log is read: "
            + e.getMessage(),
        "start the node; nothing is lost while the space for CDC lasts");
    TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
  }
}
