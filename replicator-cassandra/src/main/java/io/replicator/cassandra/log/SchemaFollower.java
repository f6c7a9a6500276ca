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
 * Reads entries of a log by a schema that is no older than they are: asks the node whether it has
 * another one by now, and waits for the node where that matters. Used by the reading thread.
 */
final class SchemaFollower {
  private static final Duration PAUSE = Duration.ofMillis(500);

  /**
   * The node is asked no more often: a question takes its time from users' writes, and under load a
   * section is complete every few milliseconds.
   */
  private static final Duration APART = Duration.ofMillis(100);

  private final NodeLink node;
  private final EntryDecoder decoder;
  private final LogHealth health;
  private final InstantSource clock;
  private final BooleanSupplier closed;
  private Instant asked = Instant.EPOCH;

  /** Whether the schema was read after the present section: it knows all that its entries need. */
  private boolean looked;

  /** Tables that have {@code cdc = false} still, as the node said after the present section. */
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

  /**
   * Waits until the node may be asked again, so that the question serves all sections till then.
   */
  void gather() throws InterruptedException {
    Duration since = Duration.between(asked, clock.instant());
    if (since.compareTo(APART) < 0) {
      TimeUnit.NANOSECONDS.sleep(APART.minus(since).toNanos());
    }
  }

  /**
   * Looks once whether the schema is another by now: what a key's column or a type's field is
   * called does not show in an entry.
   */
  void section() throws InterruptedException {
    looked = false;
    uncaptured.clear();
    while (!closed.getAsBoolean()) {
      try {
        asked = clock.instant();
        if (!node.schema().isCurrent(node.session())) {
          node.schema().refresh(node.session());
          looked = true;
        }
        return;
      } catch (DriverException e) {
        await(e);
      }
    }
    throw new InterruptedException("closed while the schema was awaited");
  }

  /** Decodes an entry, by a schema read after it was written if need be. */
  EntryDecoder.Entry decode(ByteBuffer entry, int version)
      throws InterruptedException, DamagedLogException {
    EntryDecoder.Entry decoded = decoder.decode(entry, version);
    while (!closed.getAsBoolean()) {
      boolean unsure = decoded instanceof EntryDecoder.Entry.Uncaptured;
      if (!unsure && !(decoded instanceof EntryDecoder.Entry.SchemaBehind)) {
        return decoded;
      }
      try {
        if (looked
            || (decoded instanceof EntryDecoder.Entry.Uncaptured some && isStill(some.tables()))) {
          return settled(decoded, entry, version);
        }
        // Its version may be told later than what it stands for: the tables themselves may not.
        node.schema().refresh(node.session());
        looked = true;
        decoded = decoder.decode(entry, version);
      } catch (DriverException e) {
        await(e);
      }
    }
    throw new InterruptedException("closed while the schema was awaited");
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

  private void await(DriverException e) throws InterruptedException {
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
