package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import io.replicator.spi.ReplicationException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens sessions of the driver: the operator's options, under them what serves us better. */
final class Sessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String BASIC_POLICY = "BasicLoadBalancingPolicy";
  private static final String INFERRING_POLICY = "DcInferringLoadBalancingPolicy";

  private final CassandraSettings settings;
  private final MarkerCreations markers = new MarkerCreations();
  private CompletionStage<CqlSession> cluster;

  Sessions(CassandraSettings settings) {
    this.settings = settings;
  }

  /** Returns the session with the region's cluster, which all flows share. Blocks nowhere. */
  synchronized CompletionStage<CqlSession> cluster() {
    if (cluster == null || cluster.toCompletableFuture().isCompletedExceptionally()) {
      cluster = openCluster();
    }
    return cluster;
  }

  /** Returns the creations of marker tables in the region's cluster, which all flows share. */
  MarkerCreations markers() {
    return markers;
  }

  private CompletionStage<CqlSession> openCluster() {
    Map<String, String> options = defaults();
    if (settings.datacenter().isEmpty()) {
      options.put(DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS.getPath(), INFERRING_POLICY);
    }
    options.putAll(settings.driver());
    CqlSessionBuilder builder = builder(options, settings.contactPoints());
    settings.datacenter().ifPresent(builder::withLocalDatacenter);
    return builder.buildAsync();
  }

  /** Opens a session with one node alone. Blocks. */
  CqlSession node(NodeAddress address) {
    Map<String, String> options = defaults();
    options.put(DefaultDriverOption.CONNECTION_POOL_LOCAL_SIZE.getPath(), "1");
    options.putAll(settings.driver());
    options.put(DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS.getPath(), BASIC_POLICY);
    return builder(options, List.of(address))
        .withNodeDistanceEvaluator(
            (node, dc) ->
                node.getEndPoint().resolve() instanceof InetSocketAddress other
                        && other.getPort() == address.port()
                        && other.getAddress() != null
                        && other.getAddress().equals(address.resolved().getAddress())
                    ? null
                    : NodeDistance.IGNORED)
        .build();
  }

  /**
   * Opens a session with the node that is captured, alone. Blocks.
   *
   * @throws ReplicationException of kind FATAL if it is a node of another cluster
   */
  CqlSession captured() {
    CqlSession own = node(settings.node());
    boolean done = false;
    try {
      Optional<NodePlace.Refusal> stranger = stranger(own);
      if (stranger.isPresent()) {
        throw new ReplicationException(
            ReplicationException.Kind.FATAL,
            stranger.get().subject() + " " + stranger.get().reason(),
            stranger.get().mend(),
            null);
      }
      done = true;
      return own;
    } finally {
      if (!done) {
        own.close();
      }
    }
  }

  /** A cluster that does not answer holds up no capture, whose node does. */
  private Optional<NodePlace.Refusal> stranger(CqlSession own) {
    try {
      CqlSession all = cluster().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return NodePlace.stranger(settings.node(), own, all);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "stores.cassandra.contact-points do not answer, so it is not known whether"
              + " stores.cassandra.capture.node '{}' is of their cluster: {}",
          settings.node(),
          String.valueOf(e.getMessage()));
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private CqlSessionBuilder builder(Map<String, String> options, List<NodeAddress> points) {
    CqlSessionBuilder builder =
        CqlSession.builder()
            .withApplicationName("replicator")
            .withConfigLoader(DriverConfigLoader.fromString(DriverOptions.hocon(options)));
    points.forEach(point -> builder.addContactPoint(point.resolved()));
    if (settings.user().isPresent() && settings.password().isPresent()) {
      builder.withAuthCredentials(settings.user().get(), settings.password().get());
    }
    return builder;
  }

  /** What the driver would do otherwise is meant for a service that answers somebody who waits. */
  private static Map<String, String> defaults() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put(DefaultDriverOption.REQUEST_TIMEOUT.getPath(), "10 seconds");
    options.put(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT.getPath(), "10 seconds");
    options.put(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT.getPath(), "10 seconds");
    // A busy machine answers late; requests have time-outs of their own.
    options.put(DefaultDriverOption.HEARTBEAT_TIMEOUT.getPath(), "20 seconds");
    options.put(DefaultDriverOption.RECONNECTION_BASE_DELAY.getPath(), "200 milliseconds");
    options.put(DefaultDriverOption.RECONNECTION_MAX_DELAY.getPath(), "5 seconds");
    options.put(DefaultDriverOption.METADATA_SCHEMA_ENABLED.getPath(), "false");
    options.put(DefaultDriverOption.NETTY_IO_SIZE.getPath(), "2");
    options.put(DefaultDriverOption.NETTY_ADMIN_SIZE.getPath(), "1");
    options.put(DefaultDriverOption.PREPARE_ON_ALL_NODES.getPath(), "false");
    return options;
  }

  /** Returns the cluster's session if it is open. */
  synchronized Optional<CqlSession> present() {
    CompletionStage<CqlSession> open = cluster;
    return open != null
            && open.toCompletableFuture().isDone()
            && !open.toCompletableFuture().isCompletedExceptionally()
        ? Optional.of(open.toCompletableFuture().join())
        : Optional.empty();
  }

  @Override
  public void close() {
    present().ifPresent(CqlSession::close);
  }
}
