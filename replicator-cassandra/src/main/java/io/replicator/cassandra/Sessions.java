package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Opens sessions of the driver: the operator's options, under them what serves us better. */
final class Sessions implements AutoCloseable {
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
