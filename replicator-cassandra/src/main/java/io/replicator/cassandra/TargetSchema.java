package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.cassandra.TableMutation.Column;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target's schema: what the local cluster's tables look like, read again every minute, when a
 * mutation does not fit, and when the cluster has another schema than before, which it is asked
 * once a second while there is something to write. Thread-safe.
 */
final class TargetSchema {
  private static final Logger LOG = LoggerFactory.getLogger(TargetSchema.class);
  private static final SimpleStatement VERSION =
      SimpleStatement.newInstance("SELECT schema_version FROM system.local").setIdempotent(true);

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration FRESH = Duration.ofMinutes(1);

  private record Reading(Instant at, CompletionStage<Map<String, TableShape>> tables) {}

  private final CqlSession session;
  private final InstantSource clock;
  private final Map<String, Reading> keyspaces = new ConcurrentHashMap<>();
  private final AtomicReference<Instant> asked = new AtomicReference<>(Instant.EPOCH);
  private final AtomicReference<UUID> version = new AtomicReference<>();

  TargetSchema(CqlSession session, InstantSource clock) {
    this.session = session;
    this.clock = clock;
  }

  /** Returns the tables of a keyspace. */
  CompletionStage<Map<String, TableShape>> tables(String keyspace) {
    CompletionStage<Map<String, TableShape>> tables = reading(keyspace).tables();
    look();
    return tables;
  }

  /** Has all read again where the schema is another by now; nobody waits for the answer. */
  private void look() {
    Instant now = clock.instant();
    Instant last = asked.get();
    if (Duration.between(last, now).abs().compareTo(PAUSE) < 0 || !asked.compareAndSet(last, now)) {
      return;
    }
    session
        .executeAsync(VERSION)
        .thenAccept(
            answer -> {
              UUID present = answer.one().getUuid(0);
              if (!present.equals(version.getAndSet(present))) {
                keyspaces.clear();
              }
            })
        .exceptionally(
            failure -> {
              LOG.debug("the cluster does not tell its schema's version", failure);
              return null;
            });
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

  /** Returns the tables of a keyspace, read again because one has just been changed. */
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

  /**
   * Returns all that a table lacks for a mutation to be written to it, in the order in which it can
   * be mended: a column or another type needs the types that it is made of.
   *
   * @param retention of the topics: a table must not forget a delete sooner
   */
  static List<Lack> lacks(
      TableMutation mutation, Map<String, TableShape> tables, Duration retention) {
    TableName name = mutation.table();
    TableShape shape = tables.get(name.table());
    List<Lack> lacks = new ArrayList<>();
    List<TypeDefinition> types =
        mutation.types().stream().filter(type -> !takes(type, shape, tables)).toList();
    for (TypeDefinition wanted : TypeDefinition.innerFirst(types)) {
      lacks.add(
          there(wanted, shape, tables)
              .map(there -> Lack.otherType(name.keyspace(), there, wanted))
              .orElseGet(() -> Lack.type(name.keyspace(), wanted)));
    }
    if (shape == null) {
      lacks.add(Lack.table(mutation, retention));
      return lacks;
    }
    mutation.columns().forEach(wanted -> lack(name, wanted, shape).ifPresent(lacks::add));
    // Another order makes another partition key of the same values, which the mark would miss.
    if (lacks.isEmpty() && !keys(shape.columns()).equals(keys(mutation.columns()))) {
      lacks.add(Lack.key(name));
    }
    return lacks;
  }

  /** By the name of its type alone another order of the fields would not show in a value. */
  private static boolean takes(
      TypeDefinition wanted, TableShape shape, Map<String, TableShape> tables) {
    return there(wanted, shape, tables).filter(there -> there.takes(wanted)).isPresent();
  }

  /** Of the types only those are known of which tables are made. */
  private static Optional<TypeDefinition> there(
      TypeDefinition wanted, TableShape shape, Map<String, TableShape> tables) {
    return Stream.concat(Stream.ofNullable(shape), tables.values().stream())
        .flatMap(table -> table.types().all().stream())
        .filter(type -> type.name().equals(wanted.name()))
        .findFirst();
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
