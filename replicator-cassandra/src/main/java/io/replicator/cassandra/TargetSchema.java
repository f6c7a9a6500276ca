package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.TableMutation.Column;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The target's schema: what the local cluster's tables look like, read again every minute, and when
 * a mutation does not fit, once a second at most. Thread-safe.
 */
final class TargetSchema {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration FRESH = Duration.ofMinutes(1);

  private record Reading(Instant at, CompletionStage<Map<String, TableShape>> tables) {}

  private final CqlSession session;
  private final InstantSource clock;
  private final Map<String, Reading> keyspaces = new ConcurrentHashMap<>();

  TargetSchema(CqlSession session, InstantSource clock) {
    this.session = session;
    this.clock = clock;
  }

  /** Returns the tables of a keyspace. */
  CompletionStage<Map<String, TableShape>> tables(String keyspace) {
    return reading(keyspace).tables();
  }

  /** Returns the tables of a keyspace, read again unless that was done a moment ago. */
  CompletionStage<Map<String, TableShape>> tablesAnew(String keyspace) {
    Instant now = clock.instant();
    return keyspaces
        .compute(
            keyspace,
            (name, known) ->
                known != null && known.at().plus(PAUSE).isAfter(now) ? known : read(name, now))
        .tables();
  }

  /** Returns the tables of a keyspace, read again because we have just changed one. */
  CompletionStage<Map<String, TableShape>> tablesAfterChange(String keyspace) {
    return keyspaces.compute(keyspace, (name, known) -> read(name, clock.instant())).tables();
  }

  private Reading reading(String keyspace) {
    Instant now = clock.instant();
    return keyspaces.compute(
        keyspace,
        (name, known) ->
            known != null
                    && known.at().plus(FRESH).isAfter(now)
                    && !known.tables().toCompletableFuture().isCompletedExceptionally()
                ? known
                : read(name, now));
  }

  private Reading read(String keyspace, Instant now) {
    CompletableFuture<Map<String, TableShape>> tables =
        SchemaReader.read(session, keyspace).toCompletableFuture();
    return new Reading(now, tables);
  }

  /** Returns all that a table lacks for a mutation to be written to it. */
  static List<Lack> lacks(TableMutation mutation, Map<String, TableShape> tables) {
    TableName name = mutation.table();
    TableShape shape = tables.get(name.table());
    if (shape == null) {
      return List.of(Lack.table(mutation));
    }
    List<Lack> lacks = new ArrayList<>();
    mutation.columns().forEach(wanted -> lack(name, wanted, shape).ifPresent(lacks::add));
    // Another order makes another partition key of the same values, which the mark would miss.
    if (lacks.isEmpty() && !keys(shape.columns()).equals(keys(mutation.columns()))) {
      lacks.add(Lack.key(name));
    }
    return lacks;
  }

  private static Optional<Lack> lack(TableName name, Column wanted, TableShape shape) {
    Optional<Column> there = shape.column(wanted.name());
    if (there.isEmpty()) {
      return Optional.of(Lack.column(name, wanted));
    }
    return there.get().kind() == wanted.kind() && there.get().type().equals(wanted.type())
        ? Optional.empty()
        : Optional.of(Lack.other(name, there.get(), wanted));
  }

  private static List<String> keys(List<Column> columns) {
    return columns.stream().filter(TargetSchema::isKey).map(Column::name).toList();
  }

  private static boolean isKey(Column column) {
    return column.kind() == TableMutation.Kind.PARTITION_KEY
        || column.kind() == TableMutation.Kind.CLUSTERING;
  }
}
