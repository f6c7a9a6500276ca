package io.replicator.cassandra;

import static io.replicator.cassandra.NodePlace.CDC_RAW;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tries what a capture needs of its node: that it is there, its clock, its settings for CDC, and
 * its segments where this runs beside it.
 */
final class NodeCheck {
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration LEAST_LAG = Duration.ofSeconds(1);
  private static final Duration SYNC = Duration.ofSeconds(1);

  private final CassandraSettings settings;
  private final Sessions sessions;
  private final CqlSession cluster;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param cluster is asked where the capture's own node is not within reach
   */
  NodeCheck(
      CassandraSettings settings, Sessions sessions, CqlSession cluster, InstantSource clock) {
    this.clock = clock;
    this.settings = settings;
    this.sessions = sessions;
    this.cluster = cluster;
  }

  List<Finding> findings() {
    if (!isBeside() || !asksItself()) {
      ClockCheck.of(cluster, "cassandra cluster", clock).ifPresent(findings::add);
      node(cluster, false);
    }
    return List.copyOf(findings);
  }

  /** The capture's own node tells of itself; returns whether it did. */
  private boolean asksItself() {
    try (CqlSession own = sessions.node(settings.node())) {
      NodePlace.stranger(settings.node(), own, cluster)
          .ifPresent(why -> add(Level.ERROR, why.subject(), why.reason(), why.mend()));
      ClockCheck.of(own, node(), clock).ifPresent(findings::add);
      node(own, true);
      return true;
    } catch (DriverException | IllegalStateException e) {
      add(
          Level.WARNING,
          node(),
          "somebody listens there, who does not answer as a node: " + e.getMessage(),
          "correct the address; a capture waits until a node answers there");
      return false;
    }
  }

  private String node() {
    return "stores.cassandra.capture.node '" + settings.node() + "'";
  }

  private void add(Level level, String subject, String detail, String mend) {
    findings.add(new Finding(level, subject, detail, mend));
  }

  /**
   * Tells whether the capture's own node can be asked: a process beside it reads, which may be on
   * another machine.
   */
  private boolean isBeside() {
    NodeAddress node = settings.node();
    Optional<NodePlace.Refusal> elsewhere = NodePlace.elsewhere(node, settings.cdcDirectory());
    if (elsewhere.isPresent()) {
      add(
          Level.WARNING, // it may be meant for the machine of the node
          elsewhere.get().subject(),
          elsewhere.get().reason() + "; a capture refuses to start here",
          elsewhere.get().mend());
      return false;
    }
    try (Socket socket = new Socket()) {
      socket.connect(node.resolved(), (int) LOOK.toMillis());
      return true;
    } catch (IOException e) {
      add(
          Level.UNTRIED,
          node(),
          "nobody answers there on this machine: " + e.getMessage(),
          "run check on each node, or correct the address");
      return false;
    }
  }

  /**
   * @param itself whether it is the capture's own one
   */
  private void node(CqlSession session, boolean itself) {
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
    place(node, itself);
    findings.addAll(
        new SegmentsCheck(
                settings.cdcDirectory(),
                node.get("cdc_raw_directory"),
                itself && NodePlace.isLocal(settings.node()))
            .findings("true".equals(node.get("cdc_enabled"))));
  }

  private void place(Map<String, String> node, boolean itself) {
    String told = itself ? node.get("cdc_raw_directory") : null;
    try {
      settings
          .cdcDirectory()
          .flatMap(set -> NodePlace.of(set, settings.node(), told, node.get("commitlog_directory")))
          .ifPresent(why -> add(Level.ERROR, why.subject(), why.reason(), why.mend()));
    } catch (ReplicationException e) {
      add(Level.UNTRIED, CDC_RAW, e.getMessage(), e.hint());
    }
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
}
