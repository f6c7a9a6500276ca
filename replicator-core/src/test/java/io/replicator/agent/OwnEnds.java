package io.replicator.agent;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A place to write to and a place to read from, as a queue that delivers everywhere has them. */
record OwnEnds(FakeSource source, FakeTarget target) implements StoreResource, Store {
  @Override
  public Map<String, Region> regions() {
    return Map.of();
  }

  @Override
  public Capabilities capabilities() {
    return target.capabilities();
  }

  @Override
  public boolean appliesOwn() {
    return true;
  }

  @Override
  public Door door() {
    return source;
  }

  @Override
  public Applier openApplier(Region origin) {
    return target.openApplier(origin);
  }

  @Override
  public List<Finding> check(Duration retention) {
    return List.of();
  }

  @Override
  public StoreResource configure(Resource resource, Settings settings) {
    return this;
  }

  @Override
  public void close() {}
}
