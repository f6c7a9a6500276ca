package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class LocalWritesTest {
  private static final TopicPartition PLACE = new TopicPartition("journal", 2);

  private final AtomicLong now = new AtomicLong(1);
  private final LocalWrites writes = new LocalWrites("kafka:9092", now::get);

  private void pass(long seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  private CompletableFuture<Void> write(TopicPartition where) {
    CompletableFuture<Void> write = new CompletableFuture<>();
    var unused = writes.watch(where, write);
    return write;
  }

  @Test
  void aPartitionThatTakesNothingIsShownUntilItDoesAlsoWhileOthersTakeAll() {
    CompletableFuture<Void> first = write(PLACE);
    CompletableFuture<Void> second = write(PLACE);
    pass(4);
    assertThat(writes.condition()).isEqualTo(Condition.RUNNING);
    pass(1);
    write(new TopicPartition("journal", 1)).complete(null);
    assertThat(writes.condition().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(writes.condition().reason()).contains("journal-2").contains("for 5 s");
    assertThat(writes.condition().hint()).contains("kafka:9092");
    first.complete(null);
    assertThat(writes.condition()).isEqualTo(Condition.RUNNING);
    pass(5);
    assertThat(writes.condition().state()).as("the second").isEqualTo(FlowState.BLOCKED);
    second.complete(null);
    assertThat(writes.condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aRefusalIsShownUntilTheNextWriteIsTaken() {
    write(PLACE).completeExceptionally(new TopicAuthorizationException("not allowed"));
    assertThat(writes.condition().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(writes.condition().reason()).contains("journal-2").contains("not allowed");
    assertThat(writes.condition().hint()).contains("may write");
    write(PLACE).complete(null);
    assertThat(writes.condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aRefusalAfterWhichNothingIsWrittenIsForgotten() {
    write(PLACE).completeExceptionally(new TopicAuthorizationException("not allowed"));
    pass(15);
    assertThat(writes.condition()).isEqualTo(Condition.RUNNING);
  }
}
