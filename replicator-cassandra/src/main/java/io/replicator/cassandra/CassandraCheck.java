package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Tries what a table or keyspace needs: the cluster that is written to, the node beside which the
 * capture runs, and each table. Changes nothing.
 */
final class CassandraCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SKEW = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration LEAST_LAG = Duration.ofSeconds(1);
  private static final Duration SYNC = Duration.ofSeconds(1);
  private static final long LEAST_SPACE_MIB = 1_024;

  private final Selection selection;
  private final CassandraSettings settings;
  private final Sessions sessions;
  private final boolean captures;
  private final Duration retention;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param captures whether local changes are captured, too
   * @param retention of the topics: a change may be on its way for so long
   */
  CassandraCheck(
      Selection selection,
      CassandraSettings settings,
      Sessions sessions,
      boolean captures,
      Duration retention,
      InstantSource clock) {
    this.selection = selection;
    this.settings = settings;
    this.sessions = sessions;
    this.captures = captures;
    this.retention = retention;
    this.clock = clock;
  }

  List<Finding> findings() {
    String cluster =
        "cassandra cluster at "
            + settings.contactPoints().stream()
                .map(point -> point.getHostString() + ":" + point.getPort())
                .collect(Collectors.joining(", "));
    try {
      CqlSession session = await(sessions.cluster());
      if (!isInDatacenter(session, cluster)) {
        return List.copyOf(findings);
      }
      add(Level.OK, cluster, "answers", "");
      clock(session, cluster);
      tables(
          await(SchemaReader.read(session, selection.keyspace())),
          !await(SchemaReader.rows(session, "keyspaces", selection.keyspace())).isEmpty());
      if (captures) {
        beside();
        node(session);
      }
    } catch (TimeoutException e) {
      add(
          Level.ERROR,
          cluster,
          "does not answer within " + PATIENCE.toSeconds() + " s",
          "start it, or look at contact-points and at what stands between");
    } catch (DriverException | IllegalStateException e) {
      ReplicationException failure = DriverFailure.of("does not serve", e);
      add(
          Level.ERROR,
          cluster,
          failure.getMessage(),
          failure.hint().isEmpty() || failure.kind() == ReplicationException.Kind.SCHEMA
              ? "start it, or look at contact-points, datacenter, user and password"
              : failure.hint());
    }
    return List.copyOf(findings);
  }

  private static <T> T await(java.util.concurrent.CompletionStage<T> stage)
      throws TimeoutException {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void add(Level level, String subject, String detail, String mend) {
    findings.add(new Finding(level, subject, detail, mend));
  }

  /** With a name that no node has the driver would find nobody to ask, and say no more. */
  private boolean isInDatacenter(CqlSession session, String cluster) {
    Set<String> known = new TreeSet<>();
    session
        .getMetadata()
        .getNodes()
        .values()
        .forEach(node -> Optional.ofNullable(node.getDatacenter()).ifPresent(known::add));
    if (settings.datacenter().isEmpty() || known.contains(settings.datacenter().get())) {
      return true;
    }
    add(
        Level.ERROR,
        cluster,
        "datacenter: none of its nodes is in '" + settings.datacenter().get() + "'",
        "write one of " + known + ", or leave the key out");
    return false;
  }

  private void clock(CqlSession session, String cluster) {
    Instant before = clock.instant();
    Instant there =
        session
            .execute("SELECT toTimestamp(now()) AS now FROM system.local")
            .one()
            .getInstant("now");
    Instant after = clock.instant();
    Duration off =
        there.isBefore(before)
            ? Duration.between(there, before)
            : Duration.between(after, there).isNegative()
                ? Duration.ZERO
                : Duration.between(after, there);
    if (off.compareTo(SKEW) >= 0) {
      add(
          Level.WARNING,
          cluster,
          "its clock is " + off.toMillis() + " ms off this machine's",
          "let all nodes and clients of both regions follow one time: the later timestamp wins");
    }
  }

  private void tables(Map<String, TableShape> tables, boolean there) {
    List<TableShape> selected =
        tables.values().stream().filter(table -> selection.contains(table.name())).toList();
    if (selected.isEmpty()) {
      add(
          there && selection.table().isEmpty() ? Level.WARNING : Level.ERROR,
          "cassandra " + selection,
          !there
              ? "the keyspace is missing"
              : selection.table().isPresent()
                  ? "there is no such table"
                  : "the keyspace has no tables yet",
          !there || selection.table().isPresent()
              ? "create it here as it is in the other regions, its tables WITH cdc = true"
              : "create them here as they are in the other regions, WITH cdc = true");
      return;
    }
    for (TableShape table : selected) {
      table(table);
    }
    TableName marker = Selection.marker(selection.keyspace());
    if (tables.containsKey(Selection.MARKER)) {
      add(Level.OK, "cassandra table " + marker, "marks what is applied", "");
    } else {
      add(
          settings.createMarkers() ? Level.OK : Level.ERROR,
          "cassandra table " + marker,
          settings.createMarkers() ? "is created with the first change applied" : "is missing",
          settings.createMarkers() ? "" : MarkerTable.create(selection.keyspace()));
    }
  }

  private void table(TableShape table) {
    String subject = "cassandra table " + table.name();
    boolean alone = selection.table().isPresent();
    if (!table.refusals().isEmpty()) {
      boolean refused = table.cdc() || alone;
      add(
          refused ? Level.ERROR : Level.WARNING,
          subject,
          "cannot be replicated: " + String.join("; ", table.refusals()),
          alone
              ? "name another table, or store it in columns of other types"
              : refused ? "set cdc = false on it, or store it in columns of other types" : "");
      return;
    }
    if (!table.cdc()) {
      add(
          alone ? Level.ERROR : Level.WARNING,
          subject,
          "has no cdc = true: what is written to it here is not captured",
          "ALTER TABLE " + table.name().cql() + " WITH cdc = true");
    }
    Duration grace = Duration.ofSeconds(table.gcGraceSeconds());
    if (table.cdc() && grace.compareTo(retention) < 0) {
      add(
          Level.WARNING,
          subject,
          "keeps tombstones for "
              + grace.toHours()
              + " h: what is on its way for longer is not applied, though topics keep it for "
              + retention.toHours()
              + " h",
          "ALTER TABLE %s WITH gc_grace_seconds = %d"
              .formatted(table.name().cql(), retention.toSeconds()));
    } else if (table.cdc()) {
      add(Level.OK, subject, "is captured, and keeps tombstones long enough", "");
    }
  }

  /** The capture's own node: a process beside it reads, which may be on another machine. */
  private void beside() {
    InetSocketAddress node = settings.node();
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(node.getHostString(), node.getPort()), (int) LOOK.toMillis());
    } catch (IOException e) {
      add(
          Level.UNTRIED,
          "stores.cassandra.capture.node " + node.getHostString() + ":" + node.getPort(),
          "nobody answers there on this machine: " + e.getMessage(),
          "run check on each node, or correct the address");
    }
  }

  private void node(CqlSession session) {
    String subject = "cassandra node configuration";
    Map<String, String> node = new HashMap<>();
    try {
      for (Row row :
          session.execute(
              SimpleStatement.newInstance("SELECT name, value FROM system_views.settings"))) {
        if (row.getString("value") != null) {
          node.put(row.getString("name"), row.getString("value"));
        }
      }
    } catch (DriverException e) {
      add(
          Level.UNTRIED,
          subject,
          "system_views.settings cannot be read: " + e.getMessage(),
          "see to cdc_enabled: true, cdc_block_writes: false, cdc_on_repair_enabled: false");
      return;
    }
    expect(
        node,
        "cdc_enabled",
        "true",
        Level.ERROR,
        "nothing is captured",
        "set cdc_enabled: true in cassandra.yaml of every node and restart them");
    expect(
        node,
        "cdc_block_writes",
        "false",
        Level.ERROR,
        "users' writes fail when the capture is slow",
        "set cdc_block_writes: false in cassandra.yaml of every node");
    expect(
        node,
        "cdc_on_repair_enabled",
        "false",
        Level.WARNING,
        "what a repair streams is captured again",
        "set cdc_on_repair_enabled: false in cassandra.yaml of every node");
    Duration period = NodeDuration.syncPeriod(node).orElse(Duration.ZERO);
    CommitLogSettings log = new CommitLogSettings(node);
    if (log.isPeriodic() && log.compresses() && period.compareTo(SYNC) > 0) {
      add(
          Level.WARNING,
          subject,
          "compresses its log and syncs it every "
              + period.toMillis()
              + " ms: changes leave as late as that",
          "set commitlog_sync_period: 100ms, or leave commitlog_compression out");
    }
    if (log.isPeriodic() && NodeDuration.syncLag(node).compareTo(LEAST_LAG) < 0) {
      add(
          Level.WARNING,
          subject,
          "has users' writes wait whenever a sync of its log takes longer than "
              + NodeDuration.syncLag(node).minus(period).toMillis()
              + " ms, as the capture's own files beside it may make it",
          "set periodic_commitlog_sync_lag_block: 15s in cassandra.yaml of every node");
    }
    space(settings.cdcDirectory().map(Path::toString).orElse(node.get("cdc_raw_directory")));
  }

  private void expect(
      Map<String, String> node,
      String key,
      String wanted,
      Level otherwise,
      String meaning,
      String mend) {
    String subject = "cassandra node configuration, " + key;
    String value = node.get(key);
    if (value == null) {
      add(Level.UNTRIED, subject, "is not told by the node", mend);
    } else if (value.equals(wanted)) {
      add(Level.OK, subject, value, "");
    } else {
      add(otherwise, subject, value + ": " + meaning, mend);
    }
  }

  /** Only where this runs beside the node. */
  private void space(String directory) {
    String subject = "disk space of cdc_raw";
    try {
      if (directory == null || !Files.isDirectory(Path.of(directory))) {
        add(
            Level.UNTRIED,
            subject,
            directory + " is not on this machine",
            "run check on each Cassandra node, too");
        return;
      }
      long free = Files.getFileStore(Path.of(directory)).getUsableSpace() >> 20;
      if (free < LEAST_SPACE_MIB) {
        add(
            Level.WARNING,
            subject,
            directory + " has " + free + " MiB left",
            "make room: when it is full, Cassandra deletes what was not captured");
      } else {
        add(Level.OK, subject, directory + " has " + free + " MiB left", "");
      }
    } catch (IOException e) {
      add(Level.UNTRIED, subject, directory + ": " + e, "look at it on the node");
    }
  }
}
