package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The applier of Cassandra writes the cells of each mutation with their own timestamps and times to
 * live: the store's own merge does the rest, in whatever order they come.
 */
final class CassandraApplier implements Applier {
  private final CqlSession session;
  private final TargetSchema schema;
  private final Batches batches;
  private final RecentContents recent = new RecentContents(RecentContents.GENERATION);
  private final TooLate tooLate;
  private final TableLives lives;
  private final Duration retention;
  private final InstantSource clock;
  private final boolean createMarkers;
  private final MarkerCreations markers;
  private final Map<UUID, CompletionStage<Map<String, TableShape>>> births =
      new ConcurrentHashMap<>();
  private final Map<String, CompletionStage<Map<String, TableShape>>> marked =
      new ConcurrentHashMap<>();

  /**
   * @param session with the cluster; stays the caller's
   * @param markers of that cluster, for all its appliers
   * @param flow as an operator writes it
   * @param retention of the topics: a tombstone must not be shorter-lived in a table told of
   */
  CassandraApplier(
      CqlSession session,
      MarkerCreations markers,
      CassandraSettings settings,
      String flow,
      Duration retention,
      InstantSource clock) {
    this.session = session;
    this.markers = markers;
    this.schema = new TargetSchema(session, Clocks.system().steady());
    this.batches = new Batches(session, settings.consistency(), clock);
    this.tooLate = new TooLate(flow);
    this.lives = new TableLives(flow);
    this.createMarkers = settings.createMarkers();
    this.retention = retention;
    this.clock = clock;
  }

  @Override
  public CompletionStage<Outcome> apply(Change change) {
    boolean again = change.attributes().containsKey(Changes.AGAIN);
    if (!again && recent.contains(change.id())) {
      return CompletableFuture.completedFuture(Outcome.DUPLICATE);
    }
    TableMutation mutation;
    try {
      mutation = MutationFormat.decode(change.payload());
    } catch (FormatException e) {
      return CompletableFuture.failedFuture(unreadable(e));
    }
    if (lives.isOver(mutation, change.time()) && !again) {
      return CompletableFuture.completedFuture(Outcome.SUPERSEDED);
    }
    return present(mutation)
        .thenCompose(tables -> fitting(mutation, tables))
        .thenApply(shape -> entered(change, mutation, shape))
        .thenCompose(shape -> write(change, mutation, shape))
        .handle(
            (written, failure) -> {
              if (failure != null) {
                throw DriverFailure.of("writing to " + mutation.table() + " failed", failure);
              }
              recent.add(change.id());
              return Outcome.APPLIED;
            });
  }

  /**
   * All first changes of a table's new life wait for one look at what is here now. Where there was
   * no such table just now, none of the former life is left, and no look is needed to tell.
   */
  private CompletionStage<Map<String, TableShape>> present(TableMutation mutation) {
    CompletionStage<Map<String, TableShape>> known = schema.tables(mutation.table().keyspace());
    return lives.isBirth(mutation)
        ? known.thenCompose(
            tables ->
                tables.containsKey(mutation.table().table())
                    ? born(mutation)
                    : CompletableFuture.completedStage(tables))
        : known;
  }

  private CompletionStage<Map<String, TableShape>> born(TableMutation mutation) {
    String keyspace = mutation.table().keyspace();
    CompletionStage<Map<String, TableShape>> look =
        births.computeIfAbsent(mutation.id(), id -> schema.tablesAfterChange(keyspace));
    return look.whenComplete((tables, failure) -> births.remove(mutation.id(), look));
  }

  /** What is read back from the origin is its present state, however old. */
  private TableShape entered(Change change, TableMutation mutation, TableShape shape) {
    Optional<ReplicationException> refusal = lives.refusal(mutation, change.time(), shape);
    if (refusal.isPresent() && !change.attributes().containsKey(Changes.AGAIN)) {
      throw refusal.get();
    }
    return shape;
  }

  static ReplicationException unreadable(FormatException e) {
    return e.newer()
        ? new ReplicationException(
            Kind.NEWER,
            e.getMessage(),
            "upgrade the agents of this region; the change waits for it, others go on",
            e)
        : new ReplicationException(Kind.POISON, e.getMessage(), "find out who wrote it", e);
  }

  /** Completes with the target's table once it can take the mutation, and fails while it cannot. */
  private CompletionStage<TableShape> fitting(
      TableMutation mutation, Map<String, TableShape> tables) {
    if (tables.containsKey(Selection.MARKER)
        && TargetSchema.lacks(mutation, tables, retention).isEmpty()) {
      return CompletableFuture.completedFuture(tables.get(mutation.table().table()));
    }
    String keyspace = mutation.table().keyspace();
    return schema
        .tablesAnew(keyspace)
        .thenCompose(
            anew -> {
              boolean onlyMarker =
                  createMarkers
                      && !anew.containsKey(Selection.MARKER)
                      && anew.containsKey(mutation.table().table());
              return onlyMarker ? createMarker(keyspace) : CompletableFuture.completedStage(anew);
            })
        .thenApply(
            anew -> {
              List<Lack> lacks = TargetSchema.lacks(mutation, anew, retention);
              if (!lacks.isEmpty() || !anew.containsKey(Selection.MARKER)) {
                throw waits(lacks, mutation.table(), anew);
              }
              return anew.get(mutation.table().table());
            });
  }

  /** All changes of a keyspace wait for one creation, and one look at what came of it. */
  private CompletionStage<Map<String, TableShape>> createMarker(String keyspace) {
    CompletionStage<Map<String, TableShape>> creating =
        marked.computeIfAbsent(
            keyspace,
            name ->
                markers
                    .create(session, name)
                    .thenCompose(created -> schema.tablesAfterChange(name)));
    return creating.whenComplete((tables, failure) -> marked.remove(keyspace, creating));
  }

  /** Names all that is to be created; a marker table that is created here anyway is not. */
  private ReplicationException waits(
      List<Lack> lacks, TableName table, Map<String, TableShape> tables) {
    List<String> reasons = new ArrayList<>(lacks.stream().map(Lack::reason).toList());
    List<String> mends = new ArrayList<>();
    List<String> cql = lacks.stream().flatMap(lack -> lack.cql().stream()).toList();
    if (!cql.isEmpty()) {
      mends.add("run " + String.join("; ", cql) + ";");
    }
    if (!tables.containsKey(table.table())) {
      mends.add(
          "compare with DESCRIBE TABLE "
              + table
              + " at the origin: the statement has no more columns than this change, and of other"
              + " options, as default_time_to_live, Cassandra's own, but a gc_grace_seconds that is"
              + " not shorter than topics.retention; if the origin has dropped the table, create it"
              + " here all the same and drop it again once the flow waits no more"
              + (tables.isEmpty() ? "; the keyspace must be there" : ""));
    } else if (cql.size() < lacks.size()) {
      mends.add("make the table here as it is at the origin");
    } else if (!cql.isEmpty()) {
      mends.add("compare the options, too, with DESCRIBE TABLE " + table + " at the origin");
    }
    if (!tables.containsKey(Selection.MARKER) && (lacks.isEmpty() || !createMarkers)) {
      TableName marker = Selection.marker(table.keyspace());
      reasons.add("the table " + marker + " is missing, which marks what is applied");
      mends.add("run " + MarkerTable.create(table.keyspace()));
    }
    return new ReplicationException(
        Kind.SCHEMA, String.join("; ", reasons), String.join(", and ", mends), null);
  }

  private CompletionStage<AsyncResultSet> write(
      Change change, TableMutation mutation, TableShape shape) {
    if (!isTooLate(change, shape)) {
      return written(mutation, shape);
    }
    // An operator may just have prolonged it so that this change can be applied.
    return schema
        .tablesAnew(mutation.table().keyspace())
        .thenCompose(
            anew -> {
              TableShape present = anew.getOrDefault(mutation.table().table(), shape);
              if (isTooLate(change, present)) {
                throw tooLate.refuse(change, mutation.table(), grace(present));
              }
              return written(mutation, present);
            });
  }

  private boolean isTooLate(Change change, TableShape shape) {
    Duration grace = grace(shape);
    return !grace.isZero() && change.time().plus(grace).isBefore(clock.instant());
  }

  private static Duration grace(TableShape shape) {
    return Duration.ofSeconds(shape.gcGraceSeconds());
  }

  private CompletionStage<AsyncResultSet> written(TableMutation mutation, TableShape shape) {
    try {
      return batches.write(
          CqlIdentifier.fromInternal(mutation.table().keyspace()), mutation, shape);
    } catch (IllegalArgumentException e) {
      throw new ReplicationException(
          Kind.POISON, mutation.table() + ": " + e.getMessage(), "tell the developers", e);
    }
  }

  @Override
  public Condition condition() {
    return tooLate.condition();
  }

  @Override
  public void acceptGap() {
    tooLate.accept();
  }

  /** The session is the store's. */
  @Override
  public void close() {}
}
