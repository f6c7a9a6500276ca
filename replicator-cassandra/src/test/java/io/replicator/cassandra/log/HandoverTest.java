package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.cassandra.TableMutation;
import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableName;
import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a log while its sink takes no more. */
class HandoverTest {
  private static final int MANY = 500;
  private int offered;

  @Test
  @Timeout(60)
  void theLogIsLookedAtWhileTheSinkTakesNoMoreInTheMidstOfASection() throws Exception {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    ChangeSink sink =
        new ChangeSink() {
          @Override
          public CompletionStage<Void> ready() {
            return ready;
          }

          @Override
          public CompletionStage<Void> offer(Change change) {
            offered++;
            return CompletableFuture.completedFuture(null);
          }
        };
    Runnable look = () -> ready.complete(null);
    LogHealth health = new LogHealth("cassandra/shop@here", "", List::of);
    Handed handed = new Handed(Position.startOf(1));
    Handed.Mark mark = handed.mark(Position.startOf(2), Handed.NO_TIME);
    new Handover(sink, health, () -> false, look)
        .offer(
            Collections.nCopies(MANY, mutation()),
            mark,
            new WriteTime(Instant.EPOCH, Instant.EPOCH));
    mark.end();
    assertThat(ready).as("looked at").isDone();
    assertThat(offered).isEqualTo(MANY);
    assertThat(handed.durable()).isEqualTo(Position.startOf(2));
  }

  private static TableMutation mutation() {
    return new TableMutation(
        new TableName("shop", "orders"),
        new UUID(1, 2),
        List.of(new Column(Kind.PARTITION_KEY, "a", "int", false)),
        List.of(),
        List.of(ByteBuffer.allocate(4)),
        OptionalLong.of(1),
        List.of(),
        Optional.empty(),
        List.of());
  }
}
