package io.replicator.cassandra;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The Cassandra of one region.
 *
 * <p>Key of a resource: {@code tables}, the table as {@code keyspace.table}, or {@code keyspace.*};
 * by default what the resource's own name says. Two resources must not share a table: what is
 * written to it would go twice.
 */
final class CassandraStore implements Store {
  /** What Cassandra takes as a name. */
  private static final Pattern NAME = Pattern.compile("\\w+");

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** Keyspaces that every node has. */
  private static final Pattern OWN =
      Pattern.compile(
          "system|system_(schema|auth|distributed|traces|views|virtual_schema|cluster_metadata)");

  private final Region region;
  private final CassandraSettings settings;
  private final Sessions sessions;
  private final Map<Resource, Selection> selections = new LinkedHashMap<>();
  private final Map<Resource, Selection> captured = new LinkedHashMap<>();
  private NodeLogs logs;

  CassandraStore(Region region, CassandraSettings settings) {
    this.region = region;
    this.settings = settings;
    this.sessions = new Sessions(settings);
  }

  @Override
  public StoreResource configure(Resource resource, Settings section) {
    Optional<String> given = section.optionalText("tables");
    Optional<Selection> selection = parse(given.orElse(resource.name()));
    if (selection.isEmpty()) {
      section.problem(
          "tables",
          (given.isPresent() ? "" : "'" + resource.name() + "' ")
              + "is no table: write keyspace.table, or keyspace.* for all of a keyspace");
    }
    selection
        .filter(tables -> OWN.matcher(tables.keyspace()).matches())
        .ifPresent(
            tables ->
                section.problem(
                    "tables",
                    "is Cassandra's own and differs in each cluster by right: write a keyspace of"
                        + " yours"));
    Selection tables = selection.orElse(new Selection("unknown", Optional.of(resource.name())));
    for (Map.Entry<Resource, Selection> other : selections.entrySet()) {
      if (other.getValue().overlaps(tables)) {
        section.problem(
            "tables",
            tables
                + " has tables in common with "
                + other.getKey()
                + " ("
                + other.getValue()
                + "), and each change would go twice; let one resource have them");
      }
    }
    selections.put(resource, tables);
    if (section.flag("capture", true)) {
      captured.put(resource, tables);
    }
    return new CassandraResource(resource, region, tables, settings, sessions, this::logs);
  }

  /** A name without a dot is a keyspace, whole; a number is rather a value that went astray. */
  private static Optional<Selection> parse(String text) {
    String[] parts = text.split("\\.", -1);
    boolean whole = parts.length == 1 || parts[1].equals("*");
    if (parts.length > 2
        || NUMBER.matcher(text).matches()
        || !NAME.matcher(parts[0]).matches()
        || (!whole && !NAME.matcher(parts[1]).matches())) {
      return Optional.empty();
    }
    return Optional.of(new Selection(parts[0], whole ? Optional.empty() : Optional.of(parts[1])));
  }

  /** Cassandra's own classes are touched behind this, in the capture's process alone. */
  private synchronized NodeLogs logs() {
    if (logs == null) {
      logs = new NodeLogs(settings, sessions::captured, captured.values());
    }
    return logs;
  }

  @Override
  public void close() {
    sessions.close();
  }
}
