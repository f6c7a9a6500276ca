package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.BucketServer;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Two regions with all three stores, and in each a network between the agents and their stores, to
 * be disturbed. Users reach the stores without it.
 */
final class ChaosRegions implements AutoCloseable {
  static final List<String> NAMES = List.of(EAST, WEST);

  private final Map<String, LinkProxy> ways = new HashMap<>();
  private final Map<String, Integer> stores = new HashMap<>();
  private final ErrorServer errors = new ErrorServer();
  private final Map<String, Buckets> buckets = new HashMap<>();
  private final Map<String, CqlSession> sessions = new HashMap<>();
  private final TwoRegions regions;

  /** Starts them with so many agents each; returns when all are ready. */
  ChaosRegions(int agents) {
    this(agents, region -> {});
  }

  /** Starts them with so many agents each, after they were given a last touch. */
  ChaosRegions(int agents, Consumer<SandboxRegion> touch) {
    regions =
        TwoRegions.started(
            TwoRegions.layout(EAST, WEST)
                .withAgents(agents)
                .withStores(Set.of(SandboxStore.values())),
            region -> {
              lead(region);
              touch.accept(region);
            });
    for (String region : NAMES) {
      buckets.put(region, Buckets.withoutRetries(region, bucketServer(region).endpoint()));
      sessions.put(region, CqlClient.open(cassandra(region).port()));
    }
  }

  private BucketServer bucketServer(String region) {
    return regions.region(region).buckets().orElseThrow();
  }

  private CassandraServer cassandra(String region) {
    return regions.region(region).cassandra().orElseThrow();
  }

  /** Has a region's agents reach their stores by ways that can be disturbed. */
  private void lead(SandboxRegion region) {
    int sqs = region.queues().orElseThrow().endpoint().getPort();
    int s3 = region.buckets().orElseThrow().endpoint().getPort();
    int cassandra = region.cassandra().orElseThrow().port();
    region
        .agents()
        .forEach(
            agent -> {
              try {
                String yaml = Files.readString(agent.configuration());
                Files.writeString(
                    agent.configuration(),
                    yaml.replace(
                            "endpoint: http://127.0.0.1:" + sqs,
                            "endpoint: " + way(region, "to-sqs", sqs))
                        .replace(
                            "endpoint: http://127.0.0.1:" + s3,
                            "endpoint: " + way(region, "to-s3", s3))
                        .replace(
                            "contact-points: [\"127.0.0.1:" + cassandra,
                            "contact-points: [\""
                                + way(region, "to-cassandra", cassandra).substring(7)));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private String way(SandboxRegion region, String name, int port) {
    String way = region.name() + " " + name;
    stores.put(way, port);
    return "http://127.0.0.1:" + ways.computeIfAbsent(way, any -> new LinkProxy(0, port)).port();
  }

  TwoRegions regions() {
    return regions;
  }

  Queues queues(String region) {
    return regions.queues(region);
  }

  Buckets bucket(String region) {
    return buckets.get(region);
  }

  CqlSession cql(String region) {
    return sessions.get(region);
  }

  /** Returns a process by the name that faults call it. */
  Server process(String region, String name) {
    return regions.region(region).processes().stream()
        .filter(process -> process.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + name + " in " + region));
  }

  /** Returns all processes of a region. */
  List<Server> processes(String region) {
    return regions.region(region).processes();
  }

  /** Returns the networks by the name that faults call them. */
  List<LinkProxy> networks(String region, String name) {
    return name.equals("link")
        ? regions.links(region, region.equals(EAST) ? WEST : EAST)
        : List.of(ways.get(region + " " + name));
  }

  /** Has every request to a store fail. */
  void fail(String region, String way) {
    ways.get(region + " " + way).lead(errors.port());
    ways.get(region + " " + way).reset();
  }

  /** Has requests reach their store again. */
  void mend(String region, String way) {
    ways.get(region + " " + way).lead(stores.get(region + " " + way));
    ways.get(region + " " + way).reset();
  }

  /** Returns how many requests were refused. */
  int refused() {
    return errors.answered();
  }

  @Override
  public void close() {
    buckets.values().forEach(Buckets::close);
    sessions.values().forEach(CqlSession::close);
    regions.close();
    ways.values().forEach(LinkProxy::close);
    errors.close();
  }
}
