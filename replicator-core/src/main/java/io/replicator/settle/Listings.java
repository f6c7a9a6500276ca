package io.replicator.settle;

import io.replicator.ledger.Ledger;
import io.replicator.model.Change;
import io.replicator.model.Hint;
import io.replicator.wire.HintForm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The listings of a store that tells of deletes in no other way: what the ledger knows to be there
 * and a complete listing did not show is worth a look. Only a listing whose begin this owner has
 * read counts. Guarded by its owner.
 */
final class Listings {
  private final Ledger ledger;
  private Optional<String> name = Optional.empty();

  /** Hashes of the keys shown: a listing may have millions. */
  private final Set<Long> shown = new HashSet<>();

  Listings(Ledger ledger) {
    this.ledger = ledger;
  }

  /** Takes note of a record of the hints, as it is read. */
  void note(Change change) {
    Optional<HintForm.Listing> listing = HintForm.listing(change);
    if (listing.isPresent() && !listing.get().complete()) {
      name = Optional.of(listing.get().name());
      shown.clear();
    } else if (name.isPresent()
        && HintForm.kind(change).filter(kind -> kind == Hint.Kind.LISTED).isPresent()) {
      shown.add(hash(change.key()));
    }
  }

  /** Returns the keys that a listing, which is over, should have shown; empty if it was not all. */
  List<String> missing(String listing) {
    List<String> missing = new ArrayList<>();
    if (name.filter(listing::equals).isPresent()) {
      ledger.forEach(
          (key, entry) -> {
            if (entry.isPresent() && !shown.contains(hash(key))) {
              missing.add(key);
            }
          });
    }
    return missing;
  }

  /** FNV-1a, 64 bits, over the key's characters. */
  private static long hash(String key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
