package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.ledger.LedgerEntry;
import io.replicator.ledger.LedgerEntry.State;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.Seen;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is gone from one region alone, or worth nothing there, is told to nobody. */
class GoneHereTest {
  private static final Region HERE = new Region("here");
  private static final Version KNOWN = new Version(1_000, 0, new Region("there"));
  private static final Optional<LedgerEntry> PRESENT =
      Optional.of(LedgerEntry.present(KNOWN, Optional.empty(), "f"));

  private static Hint hint(Hint.Kind kind) {
    return new Hint("key", kind, Instant.ofEpochSecond(2_000));
  }

  private static Step found(Terms terms, Hint hint, Optional<Seen> seen) {
    Settlement settlement = Settlement.of(HERE, terms, PRESENT, hint);
    assertThat(settlement.begin()).isEqualTo(new Step.Look());
    return settlement.looked(seen);
  }

  private static void isLost(Step step) {
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Commit.class,
            commit -> {
              assertThat(commit.publication()).isEmpty();
              assertThat(commit.entry().state()).isEqualTo(State.LOST);
              assertThat(commit.entry().version()).isEqualTo(KNOWN);
            });
  }

  @Test
  void aDeleteIsToldWhereDeletesAreReplicated() {
    Step step = found(new Terms(true, false, true), hint(Hint.Kind.REMOVED), Optional.empty());
    assertThat(((Step.Commit) step).publication().orElseThrow().kind()).isEqualTo(Kind.DELETE);
  }

  @Test
  void noDeleteIsToldWhereTheyAreNotReplicated() {
    isLost(found(new Terms(true, false, false), hint(Hint.Kind.REMOVED), Optional.empty()));
  }

  @Test
  void anExpirationIsNoDelete() {
    isLost(found(new Terms(true, false, true), hint(Hint.Kind.EXPIRED), Optional.empty()));
  }

  @Test
  void whereARegionOnlyReceivesWhatDiffersIsLostAndComesBackByRepair() {
    Terms terms = new Terms(true, true, true);
    Optional<Seen> restored = Optional.of(new Seen("old", 5_000, Optional.empty()));
    isLost(found(terms, hint(Hint.Kind.WRITTEN), restored));
    Arrival repair = new Arrival(Kind.UPSERT, KNOWN, Optional.empty(), true, Optional.empty());
    Settlement settlement = Settlement.of(HERE, terms, PRESENT.map(LedgerEntry::lost), repair);
    assertThat(settlement.begin()).isEqualTo(new Step.Put(Optional.empty()));
    assertThat(settlement.refused()).isEqualTo(new Step.Look());
    assertThat(settlement.looked(restored)).isEqualTo(new Step.Put(Optional.of("old")));
    assertThat(((Step.Commit) settlement.written("f")).entry())
        .isEqualTo(LedgerEntry.present(KNOWN, Optional.empty(), "f"));
  }

  @Test
  void whereARegionOnlyReceivesARepairLooksWhetherTheLedgerIsRight() {
    Terms terms = new Terms(true, true, true);
    Arrival repair = new Arrival(Kind.UPSERT, KNOWN, Optional.empty(), true, Optional.empty());
    Settlement emptied = Settlement.of(HERE, terms, PRESENT, repair);
    assertThat(emptied.begin()).isEqualTo(new Step.Look());
    isLost(emptied.looked(Optional.empty()));
    assertThat(emptied.committed()).isEqualTo(new Step.Put(Optional.empty()));
    Settlement whole = Settlement.of(HERE, terms, PRESENT, repair);
    assertThat(whole.begin()).isEqualTo(new Step.Look());
    assertThat(whole.looked(Optional.of(new Seen("f", 900, Optional.empty()))))
        .isEqualTo(new Step.Done(Step.Outcome.SUPERSEDED));
  }

  @Test
  void whereARegionOnlyReceivesWhatHadBeenDeletedAndIsThereAgainIsToldToNobody() {
    Optional<LedgerEntry> deleted = Optional.of(LedgerEntry.deleted(KNOWN, Optional.empty()));
    Optional<Seen> there = Optional.of(new Seen("back", 5_000, Optional.empty()));
    Settlement receiving =
        Settlement.of(HERE, new Terms(true, true, true), deleted, hint(Hint.Kind.LISTED));
    assertThat(receiving.begin()).isEqualTo(new Step.Look());
    LedgerEntry remembered = ((Step.Commit) receiving.looked(there)).entry();
    Settlement afterwards =
        Settlement.of(
            HERE, new Terms(true, false, true), Optional.of(remembered), hint(Hint.Kind.WRITTEN));
    assertThat(afterwards.begin()).isEqualTo(new Step.Look());
    assertThat(afterwards.looked(there)).isEqualTo(new Step.Done(Step.Outcome.NOTHING_NEW));
  }
}
