package io.replicator.check;

import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;

/**
 * A group check finds out whether the local brokers know the group protocol by which the agents of
 * a region share their work, and how soon they give a killed agent's share to the others.
 */
final class GroupCheck {
  private static final String FEATURE = "group.version";
  private static final String PROTOCOLS = "group.coordinator.rebalance.protocols";
  private static final String SESSION = "group.consumer.session.timeout.ms";
  private static final String ASSIGNORS = "group.consumer.assignors";
  private static final Duration LONGEST_SESSION = Duration.ofSeconds(30);

  private final Cluster cluster;
  private final boolean copartitions;
  private final Report report;

  /**
   * @param copartitions whether the members of a group must be given the same partitions of all its
   *     topics, as where keys are settled
   */
  GroupCheck(Cluster cluster, boolean copartitions, Report report) {
    this.cluster = cluster;
    this.copartitions = copartitions;
    this.report = report;
  }

  void run() {
    try (Admin admin = cluster.kafka().admin()) {
      if (feature(admin)) {
        brokers(admin);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      report(
          Level.ERROR,
          "does not tell its features: " + e.getCause().getMessage(),
          "Kafka 4.0 or newer is needed; look at the brokers");
    }
  }

  private boolean feature(Admin admin) throws InterruptedException, ExecutionException {
    FinalizedVersionRange version =
        admin.describeFeatures().featureMetadata().get().finalizedFeatures().get(FEATURE);
    if (version != null && version.maxVersionLevel() >= 1) {
      return true;
    }
    report(
        Level.ERROR,
        "the feature " + FEATURE + " is " + (version == null ? "absent" : "0") + ", and must be 1",
        "use brokers of Kafka 4.0 or newer; if they are, run kafka-features.sh upgrade --feature "
            + FEATURE
            + "=1");
    return false;
  }

  private void brokers(Admin admin) throws InterruptedException, ExecutionException {
    Collection<Node> nodes = admin.describeCluster().nodes().get();
    for (Node node : nodes) {
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
      try {
        broker(node, admin.describeConfigs(List.of(broker)).all().get().get(broker));
      } catch (ExecutionException e) {
        report(
            Level.WARNING,
            "the settings of broker " + node.id() + " cannot be read: " + e.getCause().getMessage(),
            e.getCause() instanceof AuthorizationException
                ? "allow DESCRIBE_CONFIGS on the cluster, or see yourself that "
                    + PROTOCOLS
                    + " holds 'consumer' and "
                    + SESSION
                    + " is at most "
                    + LONGEST_SESSION.toMillis()
                : "look at the broker, and check again");
      }
    }
  }

  private void broker(Node node, Config settings) {
    Optional<String> protocols = value(settings, PROTOCOLS);
    if (protocols.isPresent() && !protocols.get().contains("consumer")) {
      report(
          Level.ERROR,
          "broker " + node.id() + " has " + PROTOCOLS + "=" + protocols.get(),
          "add 'consumer' to " + PROTOCOLS + " of every broker");
      return;
    }
    Optional<String> assignors = value(settings, ASSIGNORS);
    if (copartitions && assignors.isPresent() && !offersRange(assignors.get())) {
      report(
          Level.ERROR,
          "broker " + node.id() + " has " + ASSIGNORS + "=" + assignors.get(),
          "add 'range' to "
              + ASSIGNORS
              + " of every broker: who settles a key must be given all topics that tell of it");
      return;
    }
    Optional<Duration> session =
        value(settings, SESSION).map(Long::valueOf).map(Duration::ofMillis);
    if (session.isPresent() && session.get().compareTo(LONGEST_SESSION) > 0) {
      report(
          Level.WARNING,
          "broker "
              + node.id()
              + " gives the work of a killed agent to another, or to its own restart, only after "
              + session.get().toSeconds()
              + " s",
          "set "
              + SESSION
              + "=10000 and group.consumer.min.session.timeout.ms=10000 on every broker");
      return;
    }
    report(
        Level.OK,
        "broker "
            + node.id()
            + " knows the group protocol 'consumer'"
            + session.map(time -> "; session timeout " + time.toSeconds() + " s").orElse(""),
        "");
  }

  /** An assignor is told by its name, or by its class. */
  private static boolean offersRange(String assignors) {
    return Stream.of(assignors.split(","))
        .map(String::trim)
        .anyMatch(one -> one.equals("range") || one.endsWith(".RangeAssignor"));
  }

  private static Optional<String> value(Config settings, String name) {
    return Optional.ofNullable(settings.get(name)).map(ConfigEntry::value);
  }

  private void report(Level level, String detail, String mend) {
    report.add(level, cluster.toString(), detail, mend);
  }
}
