package io.replicator.agent;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.Connector;
import io.replicator.spi.Finding;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A connector whose stores are in memory, for agents under test: targets by their names, whichever
 * reading of the configuration named them, and every source that was opened.
 */
final class FakeStores implements Connector, AutoCloseable {
  /** Endpoints of the stores that were closed, in that order. */
  final List<String> closed = new CopyOnWriteArrayList<>();

  private final Map<String, FakeTarget> targets = new ConcurrentHashMap<>();
  private final Map<String, List<FakeSource>> sources = new ConcurrentHashMap<>();

  /** Returns what changes are applied to under a target's name. */
  FakeTarget target(String name) {
    return targets.computeIfAbsent(name, any -> new FakeTarget(false));
  }

  /** Returns the sources of a resource that were opened so far. */
  List<FakeSource> sources(String resource) {
    return sources.computeIfAbsent(resource, any -> new CopyOnWriteArrayList<>());
  }

  @Override
  public String store() {
    return "fake";
  }

  @Override
  public Store configure(Settings settings, Region region) {
    String endpoint = settings.text("endpoint");
    return new Store() {
      @Override
      public StoreResource configure(Resource resource, Settings section) {
        return new FakeResource(resource.name(), section.text("target"));
      }

      @Override
      public void close() {
        closed.add(endpoint);
      }
    };
  }

  private final class FakeResource implements StoreResource {
    private final String name;
    private final String target;

    private FakeResource(String name, String target) {
      this.name = name;
      this.target = target;
    }

    @Override
    public Capabilities capabilities() {
      return target(target).capabilities();
    }

    @Override
    public Door door() {
      return (Door.Changes)
          sink -> {
            FakeSource source = new FakeSource();
            ChangeSource opened = source.open(sink);
            sources(name).add(source);
            return opened;
          };
    }

    @Override
    public Applier openApplier(Region origin) {
      return target(target).openApplier(origin);
    }

    @Override
    public List<Finding> check(Duration retention) {
      return List.of();
    }
  }

  @Override
  public void close() {
    targets.values().forEach(FakeTarget::close);
  }
}
