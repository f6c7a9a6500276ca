package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.reading.Bounds;
import io.replicator.reading.Window;
import io.replicator.settle.Undone.Beat;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits in an input bounds what is remembered of it, and lets no heartbeat pass. */
class UndoneTest {
  private static final long ROOM = 64 << 10;

  private final Window window = new Window(new Bounds(8, ROOM, 1));
  private final Undone undone = new Undone(window);

  private static Beat beat(String capture, long offset) {
    return new Beat(
        new Heartbeat(
            new Stamp("mjx2k3-" + capture, 0),
            Instant.EPOCH,
            Optional.empty(),
            Duration.ZERO,
            false,
            "id"),
        offset);
  }

  private Entry added(long offset) {
    Entry entry = Entries.inline(offset);
    undone.add(entry);
    return entry;
  }

  @Test
  void howeverMuchIsDoneBehindOneThatWaitsItTakesNoRoom() {
    Entry waits = added(0);
    for (int i = 1; i < 10_000; i++) {
      assertThat(undone.heard(beat("a", 2L * i))).isEmpty();
      assertThat(undone.done(added(2L * i + 1))).isEmpty();
      assertThat(window.full()).isFalse();
    }
    assertThat(undone.size()).isEqualTo(1);
    assertThat(undone.beats()).isEqualTo(1);
    assertThat(undone.first()).contains(waits);
    assertThat(undone.done(waits)).containsExactly(beat("a", 19_998));
  }

  @Test
  void noHeartbeatPassesWhatWaitsBeforeItAndThoseBetweenDo() {
    Entry first = added(0);
    undone.heard(beat("a", 1));
    undone.heard(beat("b", 2));
    Entry second = added(3);
    undone.heard(beat("b", 4));
    Entry third = added(5);
    undone.heard(beat("a", 6));
    assertThat(undone.done(second)).isEmpty();
    assertThat(undone.done(first)).containsExactly(beat("a", 1), beat("b", 4));
    assertThat(undone.done(third)).containsExactly(beat("a", 6));
    assertThat(undone.heard(beat("b", 7))).containsExactly(beat("b", 7));
  }

  @Test
  void aTopicThatWasCreatedAnewHasItsOffsetsAgainAndLosesNothing() {
    Entry before = added(7);
    Entry anew = added(7);
    assertThat(undone.size()).isEqualTo(2);
    undone.heard(beat("a", 8));
    undone.done(before);
    assertThat(undone.first()).contains(anew);
    assertThat(undone.done(anew)).containsExactly(beat("a", 8));
  }

  @Test
  void whatIsLetGoOfGivesItsRoomBackOnce() {
    List<Entry> all = new ArrayList<>();
    while (!window.full()) {
      all.add(added(all.size()));
    }
    assertThat(undone.clear()).containsExactlyElementsOf(all);
    assertThat(window.drained()).isTrue();
    all.forEach(undone::done); // what was under way ends later
    while (!window.full()) {
      all.remove(0);
      added(0);
    }
    assertThat(all).isEmpty();
  }
}
