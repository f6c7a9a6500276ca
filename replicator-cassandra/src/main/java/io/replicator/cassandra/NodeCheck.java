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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tries what a capture needs of its node: that it is there, its settings for CDC, and the space on
 * its disk where this runs beside it.
 */
final class NodeCheck {
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration LEAST_LAG = Duration.ofSeconds(1);
  private static final Duration SYNC = Duration.ofSeconds(1);
  private static final long LEAST_SPACE_MIB = 1_024;

  private final CassandraSettings settings;
  private final Sessions sessions;
  private final CqlSession cluster;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param cluster is asked where the capture's own node is not within reach
   */
  NodeCheck(CassandraSettings settings, Sessions sessions, CqlSession cluster) {
    this.settings = settings;
    this.sessions = sessions;
    this.cluster = cluster;
  }

  List<Finding> findings() {
    if (!isBeside() || !asksItself()) {
      node(cluster, false);
    }
    return List.copyOf(findings);
  }

  /** The capture's own node tells of itself; returns whether it did. */
  private boolean asksItself() {
    try (CqlSession own = sessions.node(settings.node())) {
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
    space(
        settings.cdcDirectory().map(Path::toString).orElse(node.get("cdc_raw_directory")),
        "true".equals(node.get("cdc_enabled")),
        itself && NodePlace.isLocal(settings.node()));
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

  /**
   * Only where this runs beside the node.
   *
   * @param beside whether it does, for its node answers on this machine
   */
  private void space(String directory, boolean hasCdc, boolean beside) {
    String subject = "disk space of cdc_raw";
    try {
      if (directory == null || !Files.isDirectory(Path.of(directory))) {
        missing(directory, beside);
        return;
      }
      if (hasCdc && NodePlace.segments(Path.of(directory)).isEmpty()) {
        add(
            Level.ERROR,
            CDC_RAW + " '" + directory + "'",
            "is empty: a node with cdc_enabled: true links each segment of its log into its"
                + " cdc_raw_directory, so this is another folder, or the volume is not mounted",
            "mount the node's cdc_raw_directory there, or set cdc-raw-directory to where it is");
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

  /** A directory that nobody set is only said to be somewhere, by a node that may be elsewhere. */
  private void missing(String directory, boolean beside) {
    boolean isSet = settings.cdcDirectory().isPresent();
    if (!isSet && !(beside && directory != null)) {
      add(
          Level.UNTRIED,
          "disk space of cdc_raw",
          directory + " is not on this machine",
          "run check on each Cassandra node, too");
      return;
    }
    add(
        beside ? Level.ERROR : Level.WARNING, // it may be meant for the machine of the node
        isSet ? CDC_RAW + " '" + directory + "'" : CDC_RAW + ", which is not set",
        (isSet
                ? "does not exist on this machine"
                : "is " + directory + " as the node says, which does not exist on this machine")
            + ": a capture refuses to start here",
        isSet
            ? "mount the node's cdc_raw_directory there, or correct or leave out the key"
                + (beside
                    ? ""
                    : "; if no capture is meant for this machine, run check on each node")
            : "set it to where the node's cdc_raw_directory is here");
  }
}
