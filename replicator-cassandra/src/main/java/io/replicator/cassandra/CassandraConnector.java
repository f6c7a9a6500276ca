package io.replicator.cassandra;

import io.replicator.model.Region;
import io.replicator.spi.Connector;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;

/**
 * The Cassandra connector replicates tables: what a node has logged is captured by a process beside
 * it, and the other regions' mutations are written to the local cluster, cell by cell.
 */
public final class CassandraConnector implements Connector {
  /** The store's short name. */
  public static final String STORE = "cassandra";

  /** For {@link java.util.ServiceLoader}. */
  public CassandraConnector() {}

  @Override
  public String store() {
    return STORE;
  }

  @Override
  public Store configure(Settings settings, Region region) {
    return new CassandraStore(region, CassandraSettings.read(settings));
  }
}
