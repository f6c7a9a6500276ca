package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes mutations in unlogged batches of one partition, each with its mark. Statements are
 * prepared once for each shape. Thread-safe.
 */
final class Batches {
  /** The protocol counts a batch's statements in 16 bits; fewer are easier on a node. */
  private static final int MOST_STATEMENTS = 1_000;

  private static final int MOST_SHAPES = 2_000;

  /**
   * So much younger than now may a tombstone begin, if that lets it travel in one batch with what
   * expires: it may be purged so much earlier.
   */
  private static final long YOUNG_SECONDS = 3_600;

  private final CqlSession session;
  private final ConsistencyLevel consistency;
  private final InstantSource clock;
  private final Map<String, CompletionStage<PreparedStatement>> prepared =
      new ConcurrentHashMap<>();

  Batches(CqlSession session, ConsistencyLevel consistency, InstantSource clock) {
    this.session = session;
    this.consistency = consistency;
    this.clock = clock;
  }

  /**
   * Writes a mutation; completes when all of it is confirmed.
   *
   * @throws IllegalArgumentException if CQL has no statement for it
   */
  CompletionStage<AsyncResultSet> write(
      CqlIdentifier keyspace, TableMutation mutation, TableShape shape) {
    ByteBuffer key = Statements.serializedKey(mutation.partitionKey());
    Shaped mark =
        new Shaped(MarkerTable.mark(mutation.table().keyspace()), List.of(key.duplicate()), 0);
    CompletionStage<AsyncResultSet> written = CompletableFuture.completedFuture(null);
    for (Map.Entry<Long, List<Shaped>> group : groups(mutation, shape).entrySet()) {
      List<Shaped> statements = group.getValue();
      for (int from = 0; from < statements.size(); from += MOST_STATEMENTS) {
        List<Shaped> some = new ArrayList<>();
        some.add(mark);
        some.addAll(statements.subList(from, Math.min(statements.size(), from + MOST_STATEMENTS)));
        written =
            written.thenCompose(
                before -> bound(some).thenCompose(batch -> execute(batch, group, keyspace, key)));
      }
    }
    return written;
  }

  /**
   * Parts the statements by the second that counts as now: what expires does so a time to live
   * after that, and a tombstone is kept from then on. What expires gets the second of its write, so
   * that it expires when the original does; all else the target's present.
   */
  private Map<Long, List<Shaped>> groups(TableMutation mutation, TableShape shape) {
    Map<Long, List<Shaped>> groups = new TreeMap<>();
    for (Shaped statement : Statements.of(mutation)) {
      groups.computeIfAbsent(statement.writtenAt(), at -> new ArrayList<>()).add(statement);
    }
    if (groups.size() == 2 && groups.containsKey(0L)) {
      long writtenAt = ((TreeMap<Long, List<Shaped>>) groups).lastKey();
      long young = Math.min(YOUNG_SECONDS, shape.gcGraceSeconds() / 10);
      if (writtenAt > clock.instant().getEpochSecond() - young) {
        groups.get(writtenAt).addAll(groups.remove(0L));
      }
    }
    return groups;
  }

  private CompletionStage<AsyncResultSet> execute(
      BatchStatementBuilder batch,
      Map.Entry<Long, List<Shaped>> group,
      CqlIdentifier keyspace,
      ByteBuffer key) {
    BatchStatement statement =
        batch
            .setConsistencyLevel(consistency)
            .setIdempotence(true)
            .setRoutingKeyspace(keyspace)
            .setRoutingKey(key.duplicate())
            .build();
    if (group.getKey() != 0) {
      statement = statement.setNowInSeconds(Math.toIntExact(group.getKey()));
    }
    return session.executeAsync(statement);
  }

  private CompletionStage<BatchStatementBuilder> bound(List<Shaped> statements) {
    BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED);
    CompletionStage<BatchStatementBuilder> bound = CompletableFuture.completedFuture(batch);
    for (Shaped shaped : statements) {
      CompletionStage<PreparedStatement> statement = prepare(shaped.cql());
      CompletableFuture<PreparedStatement> ready = statement.toCompletableFuture();
      if (ready.isDone()
          && !ready.isCompletedExceptionally()
          && bound.toCompletableFuture().isDone()) {
        add(batch, ready.join(), shaped);
      } else {
        bound =
            bound.thenCombine(
                statement,
                (into, one) -> {
                  add(into, one, shaped);
                  return into;
                });
      }
    }
    return bound;
  }

  private static void add(BatchStatementBuilder batch, PreparedStatement statement, Shaped shaped) {
    BoundStatementBuilder bound = statement.boundStatementBuilder();
    for (int i = 0; i < shaped.values().size(); i++) {
      ByteBuffer value = shaped.values().get(i);
      bound.setBytesUnsafe(i, value == null ? null : value.duplicate());
    }
    batch.addStatement(bound.build());
  }

  private CompletionStage<PreparedStatement> prepare(String cql) {
    if (prepared.size() > MOST_SHAPES) {
      prepared.clear();
    }
    CompletionStage<PreparedStatement> known = prepared.get(cql);
    if (known != null) {
      return known;
    }
    CompletionStage<PreparedStatement> preparing = session.prepareAsync(cql);
    prepared.put(cql, preparing);
    preparing.whenComplete(
        (statement, failure) -> {
          if (failure != null) {
            prepared.remove(cql, preparing);
          }
        });
    return preparing;
  }
}
