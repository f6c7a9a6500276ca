package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import io.replicator.model.Resource;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
  private static final String OTHER_PORT =
      "see whether it is native_transport_port of cassandra.yaml (9042 by default), and whether the"
          + " node wants TLS (stores.cassandra.driver: advanced.ssl-engine-factory)";

  private final Resource resource;
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
      Resource resource,
      Selection selection,
      CassandraSettings settings,
      Sessions sessions,
      boolean captures,
      Duration retention,
      InstantSource clock) {
    this.resource = resource;
    this.selection = selection;
    this.settings = settings;
    this.sessions = sessions;
    this.captures = captures;
    this.retention = retention;
    this.clock = clock;
  }

  List<Finding> findings() {
    String points =
        settings.contactPoints().stream()
            .map(NodeAddress::toString)
            .collect(Collectors.joining(", "));
    String cluster = "cassandra cluster at " + points;
    ContactPointCheck reach = ContactPointCheck.of(settings.contactPoints());
    findings.addAll(reach.findings());
    if (!reach.reachesOne()) {
      return List.copyOf(findings);
    }
    try {
      CqlSession session = await(sessions.cluster());
      if (!isInDatacenter(session)) {
        return List.copyOf(findings);
      }
      add(Level.OK, cluster, "answers", "");
      if (!captures) {
        ClockCheck.of(session, cluster, clock).ifPresent(findings::add);
      }
      tables(session);
      if (captures) {
        findings.addAll(new NodeCheck(settings, sessions, session, clock).findings());
      }
    } catch (TimeoutException e) {
      add(
          Level.ERROR,
          ContactPointCheck.subject(points),
          "somebody listens there, but does not answer within " + PATIENCE.toSeconds() + " s",
          OTHER_PORT);
    } catch (DriverException | IllegalStateException e) {
      refused(points, e);
    }
    return List.copyOf(findings);
  }

  private void refused(String points, RuntimeException e) {
    ReplicationException failure = DriverFailure.of("does not serve", e);
    if (failure.getCause() instanceof AuthenticationException) {
      add(
          Level.ERROR,
          settings
              .user()
              .map(user -> "stores.cassandra.user '" + user + "'")
              .orElse("stores.cassandra.user, which is not set"),
          failure.getMessage(),
          "correct stores.cassandra.user and stores.cassandra.password");
    } else if (String.valueOf(e.getMessage()).contains("local DC")) {
      // Without a datacenter it is that of the contact points, unless they are in several.
      add(
          Level.ERROR,
          "stores.cassandra.datacenter, which is not set",
          e.getMessage(),
          "set stores.cassandra.datacenter to the one of this region");
    } else {
      add(Level.ERROR, ContactPointCheck.subject(points), failure.getMessage(), OTHER_PORT);
    }
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
  private boolean isInDatacenter(CqlSession session) {
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
        "stores.cassandra.datacenter '" + settings.datacenter().get() + "'",
        "no node of the cluster is in it",
        "write one of " + known + ", or leave the key out");
    return false;
  }

  private void tables(CqlSession session) throws TimeoutException {
    Map<String, TableShape> tables = await(SchemaReader.read(session, selection.keyspace()));
    List<TableShape> selected =
        tables.values().stream().filter(table -> selection.contains(table.name())).toList();
    if (selected.isEmpty()) {
      nothing(tables.keySet(), await(SchemaReader.keyspaces(session)));
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

  private void nothing(Set<String> tables, Set<String> keyspaces) {
    boolean there = keyspaces.contains(selection.keyspace());
    if (there && selection.table().isEmpty()) {
      add(
          Level.WARNING,
          subject(),
          "the keyspace has no tables yet",
          "create them here as they are in the other regions, WITH cdc = true");
      return;
    }
    Set<String> known = new TreeSet<>(there ? tables : keyspaces);
    known.removeIf(name -> there ? name.equals(Selection.MARKER) : name.startsWith("system"));
    add(
        Level.ERROR,
        subject(),
        there
            ? "there is no such table" + Settings.known(selection.table().orElseThrow(), known)
            : "the keyspace is missing" + Settings.known(selection.keyspace(), known),
        "correct tables, or create it here as it is in the other regions, its tables WITH cdc ="
            + " true");
  }

  /** The key with its value: what is selected, if only by the resource's name. */
  private String subject() {
    return "stores.cassandra.resources." + resource.name() + ".tables '" + selection + "'";
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
}
