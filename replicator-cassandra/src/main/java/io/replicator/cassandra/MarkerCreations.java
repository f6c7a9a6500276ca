package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The creations of marker tables that are under way, one for each keyspace: all appliers of a
 * cluster wait for the same, since a node that is asked for many changes of its schema at once
 * takes long for each. Thread-safe; blocks nowhere.
 */
final class MarkerCreations {
  private final Map<String, CompletionStage<Void>> underWay = new ConcurrentHashMap<>();

  /** Creates the marker table of a keyspace if it is not there; completes when it is. */
  CompletionStage<Void> create(CqlSession session, String keyspace) {
    CompletionStage<Void> creating =
        underWay.computeIfAbsent(
            keyspace,
            name -> session.executeAsync(MarkerTable.create(name)).thenAccept(created -> {}));
    return creating.whenComplete((created, failure) -> underWay.remove(keyspace, creating));
  }
}
