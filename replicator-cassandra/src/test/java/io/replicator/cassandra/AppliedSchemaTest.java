package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the schema of one region does to what was captured in another with a schema of its own. */
class AppliedSchemaTest extends OneNode {
  @Test
  void aMarkerTableHasTheSameIdWhereverAndHoweverOftenItIsCreated() {
    String keyspace = keyspace("markers");
    MarkerCreations markers = new MarkerCreations();
    Set<UUID> ids = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      markers.create(session(), keyspace).toCompletableFuture().join();
      markers.create(session(), keyspace).toCompletableFuture().join();
      ids.add(
          session()
              .execute(
                  "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?",
                  keyspace,
                  Selection.MARKER)
              .one()
              .getUuid(0));
      session().execute(MarkerTable.mark(keyspace), ByteBuffer.allocate(1));
      session().execute("DROP TABLE " + Selection.marker(keyspace).cql());
    }
    assertThat(ids).hasSize(1);
  }

  @Test
  void aFrozenTypeWhoseFieldsStandInAnotherOrderIsWaitedFor() {
    String keyspace = keyspace("typed");
    homes("(town text, street text)");
    capture(keyspace);
    session()
        .execute(
            "INSERT INTO typed.homes (k, home, all) VALUES (7, {town: 'a', street: 'b'}, {'x':"
                + " {town: 'c'}})");
    awaitKeys(7, 8);
    Change change = memory.changes.get(memory.changes.size() - 1);
    CassandraApplier applier = applier(keyspace);
    // The node is its own other region, where the type was created otherwise.
    session().execute("DROP TABLE typed.homes");
    session().execute("DROP TYPE typed.place");
    homes("(street text, town text)");
    assertThatThrownBy(() -> applier.apply(change).toCompletableFuture().join())
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.SCHEMA))
        .hasMessage(
            "the type typed.place is (street text, town text) here and (town text, street text) at"
                + " the origin");
    session().execute("DROP TABLE typed.homes");
    session().execute("DROP TYPE typed.place");
    homes("(town text, street text)");
    session().execute("ALTER TYPE typed.place ADD zip int");
    assertThat(applier(keyspace).apply(change).toCompletableFuture().join())
        .isEqualTo(Outcome.APPLIED);
    assertThat(
            session()
                .execute("SELECT home.town, home.street, all FROM typed.homes")
                .one()
                .getFormattedContents())
        .contains("'a'", "'b'", "{'x':{town:'c',street:NULL,zip:NULL}}");
  }

  @Test
  void theStatementsThatAreToldLetAChangeInThatWaitsForTypes() {
    String keyspace = keyspace("told");
    session().execute("CREATE TYPE told.geo (lat int)");
    session().execute("CREATE TYPE told.address (street text, place frozen<geo>)");
    session()
        .execute(
            "CREATE TABLE told.homes (k int PRIMARY KEY, home frozen<address>, all map<text,"
                + " frozen<address>>) WITH cdc = true");
    capture(keyspace);
    session()
        .execute(
            "INSERT INTO told.homes (k, home, all) VALUES (7, {street: 'a', place: {lat: 1}}, {'x':"
                + " {street: 'b'}})");
    awaitKeys(7, 8);
    Change change = memory.changes.get(memory.changes.size() - 1);
    // The node is its own other region, where nothing of it is there.
    session().execute("DROP TABLE told.homes");
    session().execute("DROP TYPE told.address");
    session().execute("DROP TYPE told.geo");
    appliesOnceItsHintWasRun(keyspace, change);
    // A shorter type and a table without a column.
    session().execute("DROP TABLE told.homes");
    session().execute("DROP TYPE told.address");
    session().execute("DROP TYPE told.geo");
    session().execute("CREATE TYPE told.address (street text)");
    session().execute("CREATE TABLE told.homes (k int PRIMARY KEY, home frozen<address>)");
    appliesOnceItsHintWasRun(keyspace, change);
    assertThat(
            session()
                .execute("SELECT home, all FROM told.homes WHERE k = 7")
                .one()
                .getFormattedContents())
        .contains("{street:'a',place:{lat:1}}", "{'x':{street:'b',place:NULL}}");
  }

  @Test
  void aChangeOfATableThatTheOriginHasDroppedPassesOnceTheTableWasCreatedHere() {
    String keyspace = keyspace("gone");
    session().execute("CREATE TABLE gone.brief (k int PRIMARY KEY) WITH cdc = true");
    capture(keyspace);
    session().execute("INSERT INTO gone.brief (k) VALUES (7)");
    awaitKeys(7, 8);
    Change change = memory.changes.get(memory.changes.size() - 1);
    // The node is its own other region.
    session().execute("DROP TABLE gone.brief");
    CassandraApplier applier = applier(keyspace);
    assertThatThrownBy(() -> apply(applier, change))
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            waits -> assertThat(waits.hint()).contains("if the origin has dropped the table"));
    appliesOnceItsHintWasRun(keyspace, change);
    session().execute("DROP TABLE gone.brief");
    write(keyspace, 50, 51);
    awaitKeys(50, 51);
    assertThat(apply(applier, memory.changes.get(memory.changes.size() - 1)))
        .isEqualTo(Outcome.APPLIED);
  }

  private static void appliesOnceItsHintWasRun(String keyspace, Change change) {
    assertThatThrownBy(() -> apply(applier(keyspace), change))
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            waits ->
                Pattern.compile("(CREATE|ALTER) .*?(?=; |, and |;$)")
                    .matcher(waits.hint())
                    .results()
                    .forEach(statement -> session().execute(statement.group())));
    assertThat(apply(applier(keyspace), change)).isEqualTo(Outcome.APPLIED);
  }

  private static void homes(String fields) {
    session().execute("CREATE TYPE typed.place " + fields);
    session()
        .execute(
            "CREATE TABLE typed.homes (k int PRIMARY KEY, home frozen<place>, all map<text,"
                + " frozen<place>>) WITH cdc = true");
  }

  @Test
  void aTableThatWasCreatedAnewHereJustNowKeepsNoRowsOfTheFormerOne() {
    String keyspace = keyspace("births");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    CassandraApplier applier = applier(keyspace);
    assertThat(apply(applier, memory.changes.get(0))).isEqualTo(Outcome.APPLIED);
    // The node is its own other region.
    session().execute("DROP TABLE births.t");
    session().execute("CREATE TABLE births.t (k int PRIMARY KEY, v blob) WITH cdc = true");
    write(keyspace, 50, 51);
    awaitKeys(50, 51);
    Change anew = memory.changes.get(memory.changes.size() - 1);
    assertThat(
            TableLivesTest.warnings(
                () -> assertThat(apply(applier, anew)).isEqualTo(Outcome.APPLIED)))
        .isEmpty();
  }

  @Test
  void whatComesLateForADroppedTableDoesNotEnterItsSuccessor() {
    String keyspace = keyspace("lives");
    capture(keyspace);
    write(keyspace, 0, 40);
    awaitKeys(0, 40);
    List<Change> late = List.copyOf(memory.changes);
    CassandraApplier applier = applier(keyspace);
    assertThat(apply(applier, late.get(0))).isEqualTo(Outcome.APPLIED);
    // The node is its own other region.
    session().execute("DROP TABLE lives.t");
    session().execute("CREATE TABLE lives.t (k int PRIMARY KEY, v blob) WITH cdc = true");
    Iterator<Change> rest = late.subList(1, 30).iterator();
    await() // until it is known here
        .atMost(PATIENCE)
        .until(() -> isRefused(() -> apply(applier, rest.next())));
    session().execute("TRUNCATE lives.t");
    for (Change change : late.subList(30, 39)) {
      assertThatThrownBy(() -> apply(applier, change))
          .hasMessageContaining("before lives.t was dropped here");
    }

    write(keyspace, 50, 51);
    awaitKeys(50, 51);
    assertThat(apply(applier, memory.changes.get(memory.changes.size() - 1)))
        .isEqualTo(Outcome.APPLIED);
    assertThat(apply(applier, late.get(39))).isEqualTo(Outcome.SUPERSEDED);
    assertThat(session().execute("SELECT k FROM lives.t").all())
        .extracting(row -> row.getInt(0))
        .containsExactly(50);
  }

  private static boolean isRefused(Runnable apply) {
    try {
      apply.run();
      return false;
    } catch (CompletionException e) {
      return e.getCause() instanceof ReplicationException refused
          && refused.kind() == ReplicationException.Kind.POISON;
    }
  }
}
