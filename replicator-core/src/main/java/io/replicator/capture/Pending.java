package io.replicator.capture;

import io.replicator.model.Change;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** A pending change was offered and is not yet known to be durable. */
record Pending(
    long ticket,
    Change change,
    int partition,
    long size,
    Instant since,
    CompletableFuture<Void> durable) {}
