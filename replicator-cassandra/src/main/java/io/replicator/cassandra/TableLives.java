package io.replicator.cassandra;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lives of the tables of one origin: a table that is dropped and created again is another one
 * of the same name, with ids of their own in each region, and no late change of the one may enter
 * the other. In memory alone: after a restart a late change is taken for one of the present life,
 * unless one of its successor was seen. Thread-safe.
 *
 * <p>An id that Cassandra makes up has the time of the table's creation in it. One that somebody
 * chose tells none, and nothing is kept from such a table.
 */
final class TableLives {
  private static final Logger LOG = LoggerFactory.getLogger(TableLives.class);

  /** From the epoch of time-based ids, in 1582, to 1970, in units of 100 ns. */
  private static final long EPOCH = 0x01b21dd213814000L;

  private static final int UNITS_PER_MICROSECOND = 10;

  private final String flow;
  private final Map<TableName, UUID> youngest = new ConcurrentHashMap<>();
  private final Map<UUID, UUID> targets = new ConcurrentHashMap<>();
  private final Map<TableName, UUID> entered = new ConcurrentHashMap<>();
  private final Set<UUID> told = ConcurrentHashMap.newKeySet();

  /**
   * @param flow as an operator writes it
   */
  TableLives(String flow) {
    this.flow = flow;
  }

  /**
   * Tells whether the origin has dropped the table to which a mutation was written: one that was
   * created later under its name has been written to. Cassandra drops what comes for such a table,
   * and so does the capture.
   *
   * <p>A table may come back under its old id, from a snapshot: what is written to it then is
   * younger than the one that it displaced.
   *
   * @param written when the mutation was
   */
  boolean isOver(TableMutation mutation, Instant written) {
    UUID present =
        youngest.merge(
            mutation.table(), mutation.id(), (known, one) -> isYounger(one, known) ? one : known);
    boolean over = isYounger(present, mutation.id()) && written.isBefore(created(present));
    if (over && told.add(mutation.id())) {
      LOG.info(
          "flow {}: {} was dropped at the origin and created again; what comes late of the one with"
              + " the id {} is superseded",
          flow,
          mutation.table(),
          mutation.id());
    }
    return over;
  }

  private static boolean isYounger(UUID one, UUID other) {
    return hasTime(one) && hasTime(other) && one.timestamp() > other.timestamp();
  }

  private static boolean hasTime(UUID id) {
    return id.version() == 1;
  }

  /**
   * Tells whether a mutation is the first of a table that the origin has created anew: whether that
   * was done here, too, only a look at the schema of this moment can tell.
   */
  boolean isBirth(TableMutation mutation) {
    UUID before = entered.get(mutation.table());
    return before != null
        && isYounger(mutation.id(), before)
        && !targets.containsKey(mutation.id());
  }

  /**
   * Tells why a mutation must not enter the target's table; empty if it may. What the origin's
   * table had written before went to another one of the name, which was dropped here, and with it
   * all that was written before the present one was created.
   *
   * <p>The time is that of the log, for an application may make up the timestamps.
   *
   * <p>Where nothing went to another one, the table may just be created later here than there, and
   * what waited for it is older.
   */
  Optional<ReplicationException> refusal(
      TableMutation mutation, Instant written, TableShape target) {
    UUID first = targets.putIfAbsent(mutation.id(), target.id());
    if (first == null) {
      leftovers(mutation, target).ifPresent(what -> LOG.warn("flow {}: {}", flow, what));
    }
    if (first == null || first.equals(target.id()) || !hasTime(target.id())) {
      return Optional.empty();
    }
    Instant created = created(target.id());
    if (!written.isBefore(created)) {
      return Optional.empty();
    }
    return Optional.of(
        new ReplicationException(
            Kind.POISON,
            "it was written at %s, before %s was dropped here and created again at %s"
                .formatted(written, mutation.table(), created),
            "if it was dropped here alone, send the origin's state: replicator backfill " + flow,
            null));
  }

  /**
   * Tells what an operator has to know where the origin's table was dropped and created again, and
   * the target's was not: no DROP is carried, so that rows of the former one stand there for ever.
   */
  private Optional<String> leftovers(TableMutation mutation, TableShape target) {
    UUID before = entered.get(mutation.table());
    entered.merge(
        mutation.table(), mutation.id(), (known, one) -> isYounger(one, known) ? one : known);
    if (before == null
        || !isYounger(mutation.id(), before)
        || !target.id().equals(targets.get(before))) {
      return Optional.empty();
    }
    return Optional.of(
        "%s was dropped at the origin and created again at %s, and here it was not: rows of the"
                .formatted(mutation.table(), created(mutation.id()))
            + " former one are left here. If they are not wanted: TRUNCATE "
            + mutation.table().cql()
            + " here, which takes all its rows, then send the present state: replicator backfill "
            + flow
            + " --table "
            + mutation.table()
            + "; the next time DROP and CREATE it here, too, before it is written to there");
  }

  private static Instant created(UUID id) {
    return Instant.EPOCH.plus((id.timestamp() - EPOCH) / UNITS_PER_MICROSECOND, ChronoUnit.MICROS);
  }
}
