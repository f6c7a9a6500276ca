package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.replicator.cassandra.CommitLogSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node's settings, as it runs with them: what its capture has to know of it.
 *
 * @param id the node's host id
 * @param partitioner the class that places its keys
 * @param values the settings of {@code system_views.settings} that have a value, by their names
 */
record NodeSettings(UUID id, String partitioner, Map<String, String> values) {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");
  private static final String DIRECTORY = "cdc_raw_directory";

  /**
   * Asks a node; blocks.
   *
   * @throws com.datastax.oss.driver.api.core.DriverException if it does not answer
   */
  static NodeSettings ask(CqlSession session) {
    Row local =
        session
            .execute(SimpleStatement.newInstance("SELECT host_id, partitioner FROM system.local"))
            .one();
    Map<String, String> values = new HashMap<>();
    for (Row row :
        session.execute(
            SimpleStatement.newInstance("SELECT name, value FROM system_views.settings"))) {
      if (row.getString("value") != null) {
        values.put(row.getString("name"), row.getString("value"));
      }
    }
    return new NodeSettings(local.getUuid("host_id"), local.getString("partitioner"), values);
  }

  boolean hasCdc() {
    return Boolean.parseBoolean(values.get("cdc_enabled"));
  }

  /** Returns where the node links its segments. */
  String directory() {
    return values.get(DIRECTORY);
  }

  /** Returns where the node has its log itself; null if it does not tell. */
  String commitLog() {
    return values.get("commitlog_directory");
  }

  /**
   * Why a capture that began with other settings cannot go on with these.
   *
   * @param loses whether what is written meanwhile is missing
   * @param hint how to mend it
   */
  record Refusal(boolean loses, String reason, String hint) {}

  /** Tells why a capture that began with other settings cannot go on; empty if it can. */
  Optional<Refusal> refusal(NodeSettings begun) {
    if (!id.equals(begun.id)) {
      return Optional.of(
          new Refusal(
              false,
              "another node answers, which has the host id " + id + " instead of " + begun.id,
              "restart the capture, if this node takes the place of the other for good"));
    }
    if (!hasCdc()) {
      return Optional.of(
          new Refusal(
              true,
              "it runs with cdc_enabled: false, so nothing of what is written to it is captured",
              "set cdc_enabled: true in its cassandra.yaml and restart it"));
    }
    if (!begun.directory().equals(directory())) {
      return Optional.of(
          new Refusal(
              true,
              "it runs with %s: %s instead of %s, so what is written to it is not seen"
                  .formatted(DIRECTORY, directory(), begun.directory()),
              "set it back in its cassandra.yaml and restart it; or, if it moved for good, restart"
                  + " the capture"));
    }
    return Optional.empty();
  }

  /** Returns how long the node may keep an acknowledged write where nobody else sees it. */
  Duration delay() {
    return new CommitLogSettings(values).delay();
  }

  /** Returns what tells how long the node's space for CDC lasts. */
  SpacePace spacePace() {
    return new SpacePace(bytes("cdc_total_space"), bytes("commitlog_segment_size"));
  }

  /** Returns a size, such as 32MiB; 0 if the node does not tell. */
  private long bytes(String name) {
    Matcher size = SIZE.matcher(values.getOrDefault(name, ""));
    if (!size.matches()) {
      return 0;
    }
    long number = Long.parseLong(size.group(1));
    return switch (size.group(2)) {
      case "KiB" -> number << 10;
      case "MiB" -> number << 20;
      case "GiB" -> number << 30;
      default -> number;
    };
  }
}
