package io.replicator.cassandra;

import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender of a backfill's rows: hands each to a sink, in several changes where it is too large
 * for one. What can never be carried is left out, and its row named and counted, so that a backfill
 * comes to its end. Blocks nowhere; thread-safe.
 */
final class RowSender {
  private static final Logger LOG = LoggerFactory.getLogger(RowSender.class);

  /** More names say nothing new, and there may be one for each row of a table. */
  private static final int MOST_NAMED = 100;

  private final ChangeSink sink;
  private final InstantSource clock;
  private final MutationSplitter splitter = new MutationSplitter();
  private final AtomicLong refused = new AtomicLong();

  RowSender(ChangeSink sink, InstantSource clock) {
    this.sink = sink;
    this.clock = clock;
  }

  /**
   * Sends a row.
   *
   * @param name what an operator would call it
   * @return a stage that completes when all of it is durable, or is known to be left out
   */
  CompletableFuture<Void> send(TableMutation row, Supplier<String> name) {
    CompletionStage<Optional<ReplicationException>> sent =
        CompletableFuture.completedFuture(Optional.empty());
    for (TableMutation part : splitter.split(row)) {
      sent = sent.thenCompose(why -> offer(part).thenApply(own -> why.isPresent() ? why : own));
    }
    return sent.thenAccept(why -> why.ifPresent(refusal -> leaveOut(refusal, name.get())))
        .toCompletableFuture();
  }

  /** Completes with why it can never be carried; empty once it is durable. */
  private CompletionStage<Optional<ReplicationException>> offer(TableMutation part) {
    Change change = Changes.again(part, clock.instant());
    return sink.ready()
        .thenCompose(ready -> sink.offer(change))
        .handle((durable, failure) -> refusal(failure));
  }

  private static Optional<ReplicationException> refusal(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ReplicationException own && own.kind() == Kind.POISON) {
      return Optional.of(own);
    }
    if (cause != null) {
      throw cause instanceof RuntimeException known ? known : new CompletionException(cause);
    }
    return Optional.empty();
  }

  private void leaveOut(ReplicationException why, String name) {
    long count = refused.incrementAndGet();
    if (count <= MOST_NAMED) {
      LOG.warn(
          "the row {} is not carried whole by the backfill: {}; write it again in smaller cells{}",
          name,
          why.getMessage(),
          count == MOST_NAMED ? " (more of them are counted and not named)" : "");
    }
  }

  /** Returns of how many rows something was left out. */
  long refused() {
    return refused.get();
  }
}
