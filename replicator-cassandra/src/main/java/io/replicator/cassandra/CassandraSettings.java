package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.replicator.spi.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of the store's section.
 *
 * @param contactPoints where the region's cluster is reached by the agents
 * @param datacenter whose nodes they speak to; the contact points' own if empty
 * @param user who the agents and captures are; empty where the cluster asks nobody
 * @param password of that user; a secret
 * @param consistency with which changes are written
 * @param createMarkers whether a missing marker table is created
 * @param driver options of the driver under their own names
 * @param node the node beside the capture
 * @param directory where the capture keeps its position
 * @param cdcDirectory of the node; empty to ask the node
 */
public record CassandraSettings(
    List<NodeAddress> contactPoints,
    Optional<String> datacenter,
    Optional<String> user,
    Optional<String> password,
    ConsistencyLevel consistency,
    boolean createMarkers,
    Map<String, String> driver,
    NodeAddress node,
    Path directory,
    Optional<Path> cdcDirectory) {
  private static final int CQL_PORT = 9042;
  private static final String DIRECTORY = "/var/lib/replicator/cassandra";

  static CassandraSettings read(Settings settings) {
    List<NodeAddress> points = new ArrayList<>();
    for (String point : settings.texts("contact-points")) {
      address(settings, "contact-points", point).ifPresent(points::add);
    }
    if (!settings.has("contact-points") || settings.isEmptyList("contact-points")) {
      settings.problem(
          "contact-points", "is required: nodes of this region's cluster, such as [10.0.0.1:9042]");
    }
    Optional<String> user = settings.optionalText("user");
    Optional<String> password = settings.optionalText("password");
    if (user.isPresent() != password.isPresent()) {
      settings.problem(user.isPresent() ? "password" : "user", "is required beside the other one");
    }
    Settings capture = settings.section("capture");
    return new CassandraSettings(
        points,
        settings.optionalText("datacenter"),
        user,
        password,
        consistency(settings),
        settings.flag("create-markers", true),
        DriverOptions.read(settings),
        address(capture, "node", capture.optionalText("node").orElse("127.0.0.1"))
            .orElse(new NodeAddress("127.0.0.1", CQL_PORT)),
        Path.of(capture.optionalText("directory").orElse(DIRECTORY)),
        capture.optionalText("cdc-raw-directory").map(Path::of));
  }

  private static Optional<NodeAddress> address(Settings settings, String key, String text) {
    int colon = text.lastIndexOf(':');
    boolean onlyColon = colon == text.indexOf(':') || text.startsWith("[");
    String host = colon > 0 && onlyColon ? text.substring(0, colon) : text;
    String port = colon > 0 && onlyColon ? text.substring(colon + 1) : "" + CQL_PORT;
    try {
      int number = Integer.parseInt(port);
      if (!host.isBlank() && number > 0 && number < 65_536) {
        return Optional.of(new NodeAddress(host, number));
      }
    } catch (NumberFormatException e) {
      // no port: the same problem as one beyond the limits
    }
    settings.problem(
        key, "'" + text + "' is no address: write host or host:port, such as 10.0.0.1:9042");
    return Optional.empty();
  }

  private static ConsistencyLevel consistency(Settings settings) {
    String text = settings.optionalText("consistency").orElse("LOCAL_QUORUM");
    String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
    List<String> known =
        Arrays.stream(DefaultConsistencyLevel.values())
            .filter(level -> !level.isSerial())
            .map(Enum::name)
            .toList();
    if (!known.contains(name)) {
      settings.problem(
          "consistency",
          "'" + text + "' is no consistency level to write with" + Settings.known(name, known));
      return DefaultConsistencyLevel.LOCAL_QUORUM;
    }
    return DefaultConsistencyLevel.valueOf(name);
  }

  /** Returns the settings without the password. */
  @Override
  public String toString() {
    return "Cassandra at " + contactPoints + ", user " + user.orElse("nobody");
  }
}
