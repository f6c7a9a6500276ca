package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnWritesTest {
  private final OwnWrites writes = new OwnWrites(100);

  @Test
  void whatWasParkedBeforeIsToldOnceAndOnlyFromTheFrontOn() {
    writes.found(0, 99);
    writes.found(1, 100);
    assertThat(writes.takeKnown(99)).isFalse();
    assertThat(writes.takeKnown(100)).isTrue();
    assertThat(writes.takeKnown(100)).isFalse();
  }

  @Test
  void anOwnRecordIsKnownBeforeAndAfterItIsAcknowledged() {
    writes.begun(100);
    assertThat(writes.isOwn(5, 100)).as("read before it was acknowledged").isTrue();
    assertThat(writes.done(100, 5)).isEqualTo(5);
    writes.begun(101);
    assertThat(writes.done(101, 6)).isEqualTo(6);
    assertThat(writes.isOwn(6, 101)).as("read after that").isTrue();
    assertThat(writes.isOwn(7, 101)).as("another's of the same place").isFalse();
  }

  @Test
  void aRecordOfADeadOwnerIsLateUnlessItWasParkedBeforeThePartitionWasTaken() {
    assertThat(writes.isLate(100)).isTrue();
    assertThat(writes.isLate(99)).isFalse();
    assertThat(writes.isLate(Mark.of("dead-letter/0/17", "t/0/"))).isFalse();
    assertThat(Mark.of("t/0/17", "t/0/")).isEqualTo(17);
    assertThat(Mark.of("t/1/17", "t/0/")).isNegative();
  }

  @Test
  void ofALateCopyAndAnOwnOneTheLastCounts() {
    writes.begun(100);
    assertThat(writes.isOwn(9, 100)).isTrue();
    assertThat(writes.done(100, 8)).isEqualTo(9);
  }
}
