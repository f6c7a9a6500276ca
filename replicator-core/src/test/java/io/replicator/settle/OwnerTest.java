package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.ledger.Ledger;
import io.replicator.reading.Throttle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What an owner begins of what it is given, and how far it says that all is done. */
class OwnerTest {
  private final Input input = Entries.input(Entries.inflow(true));
  private final List<String> begun = new ArrayList<>();
  private final List<Entry> underWay = new ArrayList<>();
  private final Owner owner = owner(input);
  private boolean open = true;

  private Owner owner(Input of) {
    return new Owner(
        0,
        new Ledger(),
        List.of(of),
        Entries.work(
            entry -> {
              begun.add(entry.key() + "@" + entry.message.offset());
              underWay.add(entry);
            },
            () -> open));
  }

  private void look(String key, long offset) {
    owner.accept(Entries.look(input, key, offset));
  }

  private void finishAll(Owner of) {
    List<Entry> all = List.copyOf(underWay);
    underWay.clear();
    all.forEach(of::finished);
  }

  @Test
  void whatIsReadTwiceIsSettledOnce() {
    look("a", 0);
    look("b", 1);
    look("a", 0);
    look("b", 1);
    look("c", 2);
    owner.open();
    assertThat(begun).containsExactly("a@0", "b@1", "c@2");
    assertThat(input.front()).isZero();
    finishAll(owner);
    assertThat(input.front()).isEqualTo(3);
  }

  @Test
  void whatIsReadAnewIsSettledAnew() {
    look("a", 0);
    owner.open();
    finishAll(owner);
    owner.readAnew(input.place().topic(), "the topic was created anew");
    owner.accept(Entries.look(input, "b", 0, "mjx2k4-a"));
    owner.pump();
    assertThat(begun).containsExactly("a@0", "b@0");
  }

  /**
   * The new topic may grow past the offsets of the old one before what was read of that is done.
   */
  @Test
  void whatWasReadBeforeATopicWasCreatedAnewIsNoOffsetToGoOnFrom() {
    look("a", 1_000_000);
    owner.open();
    owner.readAnew(input.place().topic(), "the topic was created anew");
    assertThat(input.front()).isZero();
    owner.accept(Entries.look(input, "b", 0, "mjx2k4-a"));
    owner.accept(Entries.look(input, "c", 1, "mjx2k4-a"));
    owner.pump();
    assertThat(begun).containsExactly("a@1000000", "b@0", "c@1");
    assertThat(input.front()).isZero();
    owner.finished(underWay.remove(1));
    assertThat(input.front()).isEqualTo(1);
    finishAll(owner);
    assertThat(input.front()).isEqualTo(2);
  }

  /** Nothing but this takes its old offset back while what a dead owner sent may still land. */
  @Test
  void anOwnerThatHasNotBegunGoesOnFromNoOffsetOfATopicThatWasCreatedAnew() {
    owner.takenFrom(Map.of(input.place(), 1_000_000L));
    owner.readAnew(input.place().topic(), "the topic was created anew");
    assertThat(owner.committable()).containsEntry(input.place(), 0L);
  }

  @Test
  void ofManyLooksAtAKeyTheFirstIsBegunAndNothingPassesIt() {
    look("a", 0);
    look("a", 1);
    look("b", 2);
    look("a", 3);
    assertThat(input.front()).isZero();
    owner.open();
    assertThat(begun).containsExactly("a@0", "b@2");
    look("a", 4);
    finishAll(owner);
    owner.pump();
    assertThat(begun).as("what came when the first had begun").endsWith("a@4");
  }

  @Test
  void whatIsNewTakesTurnsWithWhatFailedBefore() {
    for (long offset = 0; offset < 4; offset++) {
      look("failing" + offset, offset);
    }
    owner.open();
    begun.clear();
    open = false;
    for (Entry entry : underWay) {
      entry.attempts++;
      owner.await(entry);
      owner.retry(entry);
    }
    look("new0", 4);
    look("new1", 5);
    open = true;
    owner.pump();
    assertThat(begun)
        .containsExactly(
            "failing0@0", "new0@4", "failing1@1", "new1@5", "failing2@2", "failing3@3");
  }

  @Test
  void whatFailedBeforeDoesNotWaitForTheRateOfWhatIsNew() {
    look("failing0", 0);
    look("failing1", 1);
    owner.open();
    List<Entry> failing = List.copyOf(underWay);
    for (Entry entry : failing) {
      entry.attempts++;
      owner.await(entry);
    }
    input.inflow().window().throttle().set(new Throttle.Rates(1, 0));
    look("new0", 2);
    look("new1", 3);
    owner.pump();
    begun.clear();
    failing.forEach(owner::retry);
    assertThat(begun).containsExactly("failing0@0", "failing1@1");
  }

  @Test
  void ownersTakeTurns() {
    Owners owners = new Owners();
    AtomicInteger places = new AtomicInteger();
    List<Integer> begins = new ArrayList<>();
    for (int partition = 0; partition < 3; partition++) {
      int number = partition;
      Input of = Entries.input(Entries.inflow());
      Owner.Work oneByOne =
          Entries.work(
              entry -> {
                places.decrementAndGet();
                begins.add(number);
              },
              () -> places.get() > 0);
      Owner one = new Owner(number, new Ledger(), List.of(of), oneByOne);
      for (long offset = 0; offset < 3; offset++) {
        one.accept(Entries.inline(of, "key" + offset, offset));
      }
      owners.add(one);
      one.open();
    }
    for (int i = 0; i < 3; i++) {
      places.set(1);
      owners.pump();
    }
    assertThat(begins).containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void whatGivesWayIsDoneOnlyWithWhatItGaveWayTo() {
    Input arrivals = Entries.input(Entries.inflow());
    Owner of = owner(arrivals);
    of.open();
    for (long offset = 0; offset < 4; offset++) {
      of.accept(Entries.inline(arrivals, "a", offset));
    }
    of.pump();
    for (int number = 0; number < 3; number++) {
      Entry leaves = underWay.remove(0);
      Entry heir = of.heir(leaves).orElseThrow();
      assertThat(heir.message.offset()).isEqualTo(number + 1);
      of.giveWay(leaves, heir);
      assertThat(arrivals.front()).isZero();
    }
    assertThat(begun).containsExactly("a@0", "a@1", "a@2", "a@3");
    assertThat(arrivals.held()).as("the first and the last").isEqualTo(2);
    finishAll(of);
    assertThat(arrivals.front()).isEqualTo(4);
    assertThat(arrivals.held()).isZero();
  }
}
