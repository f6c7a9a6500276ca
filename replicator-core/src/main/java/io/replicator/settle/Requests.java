package io.replicator.settle;

import io.replicator.model.Change;
import io.replicator.spi.SettleTarget.Put;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Requests are what an owner has the store change: only while its partition is in this agent's
 * hands, which a transaction has shown a moment ago.
 */
record Requests(Station station, Owner owner) {
  CompletionStage<Put> put(Change change, Optional<String> expected) {
    return station
        .outlet()
        .confirm(owner)
        .thenCompose(confirmed -> station.target().put(change, expected, this::isOwned));
  }

  CompletionStage<Boolean> delete(String key, String expected) {
    return station
        .outlet()
        .confirm(owner)
        .thenCompose(confirmed -> station.target().delete(key, expected, this::isOwned));
  }

  private boolean isOwned() {
    return owner.isOpen() && station.outlet().isConfirmed();
  }
}
