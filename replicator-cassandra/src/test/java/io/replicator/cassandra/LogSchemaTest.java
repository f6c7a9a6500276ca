package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What changes of the schema do to a capture: columns, tables, types. */
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
}
