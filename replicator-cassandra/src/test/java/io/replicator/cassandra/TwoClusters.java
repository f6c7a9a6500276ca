package io.replicator.cassandra;

import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.StoreResource.Door.Claim;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Two clusters of one real node each, with a capture and an applier in both directions. */
final class TwoClusters implements AutoCloseable {
  static final Selection SHOP = new Selection("shop", Optional.empty());

  /** One cluster, and the road on which its changes leave. */
  static final class Side implements AutoCloseable {
    final CassandraNode node;
    final Sessions sessions;
    final CassandraSettings settings;
    Road road;
    private NodeLogs logs;
    private Claim claim;
    private ChangeSource source;

    Side(CassandraNode node) {
      this.node = node;
      this.settings = settings(node);
      this.sessions = new Sessions(settings);
    }

    CqlSession session() {
      return node.session();
    }

    /** Begins to capture, from where the last capture ended. */
    void capture() {
      logs = new NodeLogs(settings, () -> sessions.node(settings.node()), List.of(SHOP));
      claim = logs.claim();
      source = logs.open("cassandra/shop@" + node.address().port(), SHOP, road);
    }

    ChangeSource source() {
      return source;
    }

    void endCapture() {
      if (source != null) {
        source.close();
        claim.close();
        source = null;
      }
    }

    @Override
    public void close() {
      endCapture();
      sessions.close();
      if (road != null) {
        road.close();
      }
      node.close();
    }
  }

  final Side east;
  final Side west;

  private TwoClusters(Map<String, String> settings) {
    east = new Side(new CassandraNode("east", settings));
    west = new Side(new CassandraNode("west", settings));
  }

  /** Starts both nodes; the statements are carried out on both. */
  static TwoClusters started(Map<String, String> settings, List<String> schema) {
    TwoClusters clusters = new TwoClusters(settings);
    try {
      CassandraNode.start(clusters.east.node, clusters.west.node);
      for (Side side : clusters.sides()) {
        schema.forEach(side.session()::execute);
      }
      clusters.east.road = clusters.roadTo(clusters.west);
      clusters.west.road = clusters.roadTo(clusters.east);
    } catch (RuntimeException e) {
      clusters.close();
      throw e;
    }
    return clusters;
  }

  Road roadTo(Side side) {
    return new Road(
        new CassandraApplier(
            side.sessions.cluster().toCompletableFuture().join(),
            side.sessions.markers(),
            side.settings,
            "cassandra/shop@other",
            Duration.ofDays(7),
            InstantSource.system()));
  }

  List<Side> sides() {
    return List.of(east, west);
  }

  /** Waits until nothing has been under way for three seconds. */
  void awaitQuiet() {
    List<Integer> last = new ArrayList<>();
    await()
        .atMost(Duration.ofMinutes(10))
        .pollInterval(Duration.ofSeconds(3))
        .until(
            () -> {
              List<Integer> now = List.of(east.road.carried().size(), west.road.carried().size());
              boolean quiet =
                  now.equals(last) && east.road.underWay() == 0 && west.road.underWay() == 0;
              last.clear();
              last.addAll(now);
              return quiet;
            });
  }

  List<String> differences() {
    return Comparison.differences(east.session(), west.session(), RandomCql.COMPARED);
  }

  static CassandraSettings settings(CassandraNode node) {
    return new CassandraSettings(
        List.of(node.address()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DefaultConsistencyLevel.LOCAL_QUORUM,
        true,
        Map.of(),
        node.address(),
        node.folder().resolve("capture"),
        Optional.empty());
  }

  @Override
  public void close() {
    east.close();
    west.close();
  }
}
