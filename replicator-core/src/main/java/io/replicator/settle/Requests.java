package io.replicator.settle;

import io.replicator.model.Change;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SettleTarget.Put;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Requests are what an entry has the store asked. It is changed only while the partition is in this
 * agent's hands, which a transaction has shown a moment ago.
 */
record Requests(Station station, Owner owner, Entry entry) {
  CompletionStage<Optional<Seen>> look(boolean withContent) {
    return target().look(entry.key(), withContent);
  }

  CompletionStage<Put> put(Change change, Optional<String> expected) {
    return station
        .outlet()
        .confirm(owner)
        .thenCompose(confirmed -> target().put(change, expected, this::isOwned));
  }

  CompletionStage<Boolean> delete(String key, String expected) {
    return station
        .outlet()
        .confirm(owner)
        .thenCompose(confirmed -> target().delete(key, expected, this::isOwned));
  }

  private SettleTarget target() {
    return entry.failsAlone() ? station.target().forFailing() : station.target();
  }

  private boolean isOwned() {
    return owner.isOpen() && station.outlet().isConfirmed();
  }
}
