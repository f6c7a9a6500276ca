package io.replicator.config;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Connector;
import io.replicator.spi.Finding;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A connector that only has settings: what it was given can be read back. */
final class FakeConnector implements Connector {
  private final String store;
  final List<String> closed = new ArrayList<>();

  FakeConnector(String store) {
    this.store = store;
  }

  @Override
  public String store() {
    return store;
  }

  @Override
  public Store configure(Settings settings, Region region) {
    return new FakeStore(settings.text("endpoint") + "@" + region, beside(settings));
  }

  /** Both may name one more region. */
  private static Map<String, Region> beside(Settings settings) {
    return settings
        .optionalText("beside")
        .map(name -> Map.of("beside", new Region(name)))
        .orElseGet(Map::of);
  }

  private final class FakeStore implements Store {
    private final String endpoint;
    private final Map<String, Region> regions;

    private FakeStore(String endpoint, Map<String, Region> regions) {
      this.endpoint = endpoint;
      this.regions = regions;
    }

    @Override
    public Map<String, Region> regions() {
      return regions;
    }

    @Override
    public StoreResource configure(Resource resource, Settings settings) {
      return new FakeResource(
          endpoint + "/" + settings.text("target"), settings.flag("own", false), beside(settings));
    }

    @Override
    public void close() {
      closed.add(endpoint);
    }
  }

  record FakeResource(String address, boolean appliesOwn, Map<String, Region> regions)
      implements StoreResource {
    FakeResource(String address, boolean appliesOwn) {
      this(address, appliesOwn, Map.of());
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(true);
    }

    @Override
    public Door door() {
      return (Door.Changes)
          sink -> {
            throw new AssertionError("a configuration is read, and nothing is opened");
          };
    }

    @Override
    public Applier openApplier(Region origin) {
      throw new AssertionError("a configuration is read, and nothing is opened");
    }

    @Override
    public List<Finding> check(Duration retention) {
      return List.of();
    }
  }
}
