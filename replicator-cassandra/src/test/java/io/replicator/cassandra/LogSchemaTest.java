package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What changes of the schema do to a capture and to what it captured: columns, tables, types. */
class LogSchemaTest extends OneNode {
  @Test
  void tablesThatCannotBeReplicatedStopNoOtherOfTheirKeyspace() {
    String keyspace = keyspace("refused");
    session()
        .execute(
            "CREATE TABLE refused.listed (k int PRIMARY KEY, tags list<text>) WITH cdc = true");
    session()
        .execute("CREATE TABLE refused.counted (k int PRIMARY KEY, n counter) WITH cdc = true");
    session().execute("UPDATE refused.counted SET n = n + 1 WHERE k = 1");
    capture(keyspace);
    write(keyspace, 0, 2);
    awaitKeys(0, 2);

    Condition condition = source.status().condition();
    assertThat(condition.state()).isEqualTo(FlowState.DEGRADED);
    assertThat(condition.reason()).contains("refused.listed.tags", "refused.counted.n");
    source.shown(source.status().condition());
    source.acceptGap();
    assertThat(source.status().condition()).isEqualTo(condition);

    session().execute("ALTER TABLE refused.counted WITH cdc = false");
    session().execute("DROP TABLE refused.listed");
    write(keyspace, 2, 3);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void aTypeWhoseClassOnlyTheNodeHasStopsNoOtherTable() {
    String keyspace = keyspace("custom");
    String type = "'" + CustomType.NAME + "'";
    session().execute("CREATE TYPE custom.price (amount " + type + ")");
    session()
        .execute("CREATE TABLE custom.bills (k int PRIMARY KEY, m " + type + ") WITH cdc = true");
    session().execute("CREATE TABLE custom.notes (k int PRIMARY KEY, m " + type + ")");
    capture(keyspace);
    session()
        .execute("CREATE TABLE custom.deals (k int PRIMARY KEY, p frozen<price>) WITH cdc = true");
    for (String table : List.of("bills", "notes")) {
      session().execute("INSERT INTO custom." + table + " (k, m) VALUES (7, 0x31)");
    }
    write(keyspace, 0, 2);
    awaitKeys(0, 2);
    assertThat(memory.keys()).doesNotContain(7);

    assertThat(source.status().condition().reason())
        .contains("what was written to custom.bills from", "is missing", type);
    source.shown(source.status().condition());
    source.acceptGap();
    Condition condition = source.status().condition();
    assertThat(condition.state()).isEqualTo(FlowState.DEGRADED);
    assertThat(condition.reason())
        .contains("custom.bills.m is made of " + type, "custom.deals is of the type price")
        .doesNotContain("custom.notes");

    session().execute("ALTER TABLE custom.bills WITH cdc = false");
    session().execute("DROP TABLE custom.deals");
    write(keyspace, 2, 3);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void aFlowOfATableThatCannotBeReplicatedIsRefusedWithItsColumn() {
    keyspace("named");
    session().execute("CREATE TABLE named.hits (k int PRIMARY KEY, n counter) WITH cdc = true");
    assertThatThrownBy(() -> capture(new Selection("named", Optional.of("hits"))))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL))
        .hasMessageContaining("named.hits.n");
  }

  @Test
  void aTableThatJoinsLaterAndColumnsAddedWhileNobodyReadsAreCaptured() {
    String keyspace = keyspace("joins");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    session().execute("CREATE TABLE joins.later (k int PRIMARY KEY, v int) WITH cdc = false");
    session().execute("INSERT INTO joins.later (k, v) VALUES (50, 1)");
    session().execute("ALTER TABLE joins.later WITH cdc = true");
    session().execute("INSERT INTO joins.later (k, v) VALUES (51, 1)");
    awaitKeys(51, 52);
    endCapture();
    session().execute("ALTER TABLE joins.later ADD w text");
    session().execute("INSERT INTO joins.later (k, v, w) VALUES (52, 1, 'x')");
    session().execute("ALTER TABLE joins.later DROP v");
    session().execute("INSERT INTO joins.later (k, w) VALUES (53, 'x')");
    write(keyspace, 60, 61);
    session().execute("DROP TABLE joins.t");
    session().execute("CREATE TABLE joins.t (k int PRIMARY KEY, v blob) WITH cdc = true");
    write(keyspace, 54, 55);
    assertThat(memory.keys()).doesNotContain(60);
    capture(keyspace);
    awaitKeys(51, 55);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
    assertThat(source.passedOver()).as("the write to what was dropped").isOne();
  }

  @Test
  void whatWasWrittenBeforeATableWasTakenOutIsCapturedWheneverItIsRead() {
    String keyspace = keyspace("taken_out");
    session().execute("CREATE TABLE taken_out.other (k int PRIMARY KEY, v int) WITH cdc = true");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    write(keyspace, 1, 3);
    session().execute("ALTER TABLE taken_out.t WITH cdc = false");
    write(keyspace, 3, 5);
    session().execute("INSERT INTO taken_out.other (k, v) VALUES (9, 1)");
    // One life sees what the table is now, and leaves the log to the next.
    CassandraSettings own = settings(keyspace);
    Selection selection = new Selection(keyspace, Optional.empty());
    new NodeLogs(own, () -> sessions.node(own.node()), List.of(selection)).claim().close();
    capture(keyspace);
    awaitKeys(9, 10);
    assertThat(memory.keys()).contains(1, 2).doesNotContain(3, 4);
  }

  @Test
  void aRenamedKeyIsCapturedByItsNewName() {
    String keyspace = keyspace("renamed");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    session().execute("ALTER TABLE renamed.t RENAME k TO id");
    session().execute("INSERT INTO renamed.t (id, v) VALUES (1, 0x00)");
    awaitKeys(1, 2);
    Change last = memory.changes.get(memory.changes.size() - 1);
    assertThat(MutationFormat.decode(last.payload()).columns())
        .extracting(TableMutation.Column::name)
        .contains("id")
        .doesNotContain("k");
  }

  @Test
  void aBatchWithATableThatIsGoneIsNoSilentLoss() {
    String keyspace = keyspace("torn");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    session().execute("CREATE TABLE torn.brief (k int PRIMARY KEY, v int) WITH cdc = true");
    session()
        .execute(
            "BEGIN BATCH INSERT INTO torn.t (k, v) VALUES (1, 0x00); INSERT INTO torn.brief (k, v)"
                + " VALUES (1, 1); APPLY BATCH");
    session().execute("DROP TABLE torn.brief");
    write(keyspace, 2, 3);
    capture(keyspace);
    awaitKeys(2, 3);
    assertThat(source.status().condition().state()).isEqualTo(FlowState.DEGRADED);
    assertThat(source.status().condition().reason())
        .contains("dropped table", " on have ", "batches");
  }

  @Test
  void aTableThatWasDroppedWhileNobodyReadTakesNothingWithIt() throws IOException {
    String keyspace = keyspace("kept_schema");
    session().execute("CREATE TYPE kept_schema.place (town text, door int)");
    for (int i = 0; i < 6; i++) {
      session()
          .execute(
              "CREATE TABLE kept_schema.brief"
                  + i
                  + " (k int, c text, home frozen<place>, named map<text, frozen<tuple<int, text>>>,"
                  + " near vector<float, 3>, gone frozen<place>, PRIMARY KEY (k, c))"
                  + " WITH CLUSTERING ORDER BY (c DESC) AND cdc = true");
      session().execute("ALTER TABLE kept_schema.brief" + i + " DROP gone");
    }
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    // The tables of an entry stand in the order of their ids' hashes: in some it is the first.
    for (int i = 0; i < 6; i++) {
      String brief = "kept_schema.brief" + i;
      session()
          .execute(
              "BEGIN UNLOGGED BATCH INSERT INTO kept_schema.t (k, v) VALUES (%d, 0x01); INSERT INTO %s (k, c, home, named, near) VALUES (%d, 'a', {town: 'x', door: 1}, {'n': (1, 'y')}, [1, 2, 3]); APPLY BATCH"
                  .formatted(100 + i, brief, 100 + i));
      session().execute("DROP TABLE " + brief);
    }
    session().execute("DROP TYPE kept_schema.place");
    // Of another table, and half of it alone: no reason to read nothing.
    Files.writeString(
        settings(keyspace)
            .directory()
            .resolve("schemas")
            .resolve(UUID.randomUUID() + ".properties"),
        "format=1\nkeyspace=kept_schema\n");
    capture(keyspace);
    awaitKeys(100, 106);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void whatWasAppliedToATableThatIsGoneIsNoLoss() {
    String keyspace = keyspace("marked");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    session().execute(MarkerTable.create(keyspace));
    // The tables of an entry stand in the order of their ids' hashes: in some the marker is last.
    for (int i = 0; i < 6; i++) {
      String brief = "marked.brief" + i;
      session().execute("CREATE TABLE " + brief + " (k blob PRIMARY KEY, v int) WITH cdc = true");
      session()
          .execute(
              "BEGIN UNLOGGED BATCH DELETE FROM marked.repl_marker WHERE pk = 0x01; INSERT INTO "
                  + brief
                  + " (k, v) VALUES (0x01, 1); APPLY BATCH");
      session().execute("DROP TABLE " + brief);
    }
    write(keyspace, 2, 3);
    capture(keyspace);
    awaitKeys(2, 3);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aCounterTableThatJoinsLaterIsNamed() {
    String keyspace = keyspace("counting");
    capture(keyspace);
    session().execute("CREATE TABLE counting.hits (k int PRIMARY KEY, n counter) WITH cdc = true");
    session().execute("UPDATE counting.hits SET n = n + 1 WHERE k = 1");
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("counting.hits");
    write(keyspace, 1, 2);
    awaitKeys(1, 2);
  }

  @Test
  void aBatchOfCountersIsNoLossOfOtherTables() {
    String keyspace = keyspace("tallies");
    session().execute("CREATE TABLE tallies.hits (k int PRIMARY KEY, n counter)");
    session().execute("CREATE TABLE tallies.buys (k int PRIMARY KEY, n counter)");
    capture(keyspace);
    session()
        .execute(
            "BEGIN COUNTER BATCH UPDATE tallies.hits SET n = n + 1 WHERE k = 1; UPDATE tallies.buys"
                + " SET n = n + 1 WHERE k = 1; APPLY BATCH");
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
  }

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
