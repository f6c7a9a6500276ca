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
    return new FakeStore(settings.text("endpoint") + "@" + region);
  }

  private final class FakeStore implements Store {
    private final String endpoint;

    private FakeStore(String endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public StoreResource configure(Resource resource, Settings settings) {
      return new FakeResource(
          endpoint + "/" + settings.text("target"), settings.flag("own", false));
    }

    @Override
    public void close() {
      closed.add(endpoint);
    }
  }

  record FakeResource(String address, boolean appliesOwn) implements StoreResource {
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
