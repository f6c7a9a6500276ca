package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.ledger.Ledger;
import io.replicator.ledger.LedgerEntry;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.wire.HintForm;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a complete listing has not shown is worth a look, where it would have shown it. */
class ListingsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000);
  private static final Version VERSION = new Version(900, 0, new Region("here"));

  private final Ledger ledger = new Ledger();
  private final Listings listings = new Listings();

  @BeforeEach
  void know() {
    for (String key : new String[] {"img/shown", "img/gone", "old/left-out"}) {
      ledger.put(key, LedgerEntry.present(VERSION, Optional.empty(), "f"));
    }
    ledger.put("img/deleted", LedgerEntry.deleted(VERSION, Optional.empty()));
    listings.note(HintForm.encodeListing("one", false, NOW));
    listings.note(HintForm.encode(new Hint("img/shown", Hint.Kind.LISTED, NOW)));
  }

  @Test
  void whatIsKnownAndWasNotShownIsMissing() {
    assertThat(listings.end("one").orElseThrow().missing(ledger, key -> true))
        .containsExactlyInAnyOrder("img/gone", "old/left-out");
  }

  @Test
  void whatIsNotReplicatedAnyMoreIsNotMissing() {
    assertThat(listings.end("one").orElseThrow().missing(ledger, key -> key.startsWith("img/")))
        .containsExactly("img/gone");
  }

  @Test
  void aListingWhoseBeginWasNotReadTellsNothing() {
    assertThat(listings.end("two")).isEmpty();
  }
}
