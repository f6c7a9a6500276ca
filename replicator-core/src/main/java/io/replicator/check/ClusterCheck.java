package io.replicator.check;

import io.replicator.config.AgentConfig;
import io.replicator.kafka.Denial;
import io.replicator.kafka.Identity;
import io.replicator.model.Region;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;

/** A cluster check finds out whether a Kafka answers, and is the one that it is called. */
final class ClusterCheck {
  private final Cluster cluster;
  private final AgentConfig config;
  private final Report report;

  ClusterCheck(Cluster cluster, AgentConfig config, Report report) {
    this.cluster = cluster;
    this.config = config;
    this.report = report;
  }

  /** Tells whether it makes sense to look further. */
  boolean run() throws InterruptedException {
    try (Admin admin = cluster.kafka().admin()) {
      return judge(admin.describeCluster().nodes().get().size(), owner());
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
      Optional<Denial> denial = Denial.of(cluster.key(), cause);
      report.error(
          cluster.toString(),
          denial.map(Denial::reason).orElse("does not answer: " + cause.getMessage()),
          denial
              .map(Denial::mend)
              .orElse(
                  "correct "
                      + cluster.key()
                      + " (address, security.protocol) or start the brokers"));
      return false;
    }
  }

  /** Whose it is; empty if no agent has run there, or if we may not read it, which shows later. */
  private Optional<Region> owner() {
    try {
      return Identity.read(cluster.kafka(), Identity.LIMIT);
    } catch (AuthorizationException e) {
      return Optional.empty();
    }
  }

  private boolean judge(int brokers, Optional<Region> owner) {
    if (owner.isPresent() && !owner.get().equals(cluster.region())) {
      report.error(
          cluster.toString(),
          "is the Kafka of region " + owner.get() + ", not of " + cluster.region(),
          "correct " + cluster.key() + ".bootstrap.servers or the region");
      return false;
    }
    int replicas = config.topics().replicationFactor();
    if (cluster.local() && brokers < replicas) {
      report.error(
          cluster.toString(),
          "has " + brokers + " brokers, and topics.replication-factor is " + replicas,
          "add brokers, or set topics.replication-factor to "
              + brokers
              + " where loss is harmless");
      return false;
    }
    String whose = owner.map(region -> "; region " + region).orElse("");
    report.ok(cluster.toString(), "answers with " + brokers + " brokers" + whose);
    return true;
  }
}
