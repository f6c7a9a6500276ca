package io.replicator.settle;

import io.replicator.ledger.Ledger;
import io.replicator.model.Change;
import io.replicator.model.Hint;
import io.replicator.wire.HintForm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The listings of a store that tells of deletes in no other way: what the ledger knows to be there
 * and a complete listing did not show is worth a look. Only a listing whose begin this owner has
 * read counts. Several may be under way, for agents list by themselves; the oldest give way.
 * Guarded by its owner.
 */
final class Listings {
  private static final int MOST = 4;

  /** What a listing has shown: hashes of keys, for there may be millions. */
  static final class Shown {
    private final Set<Long> hashes = new HashSet<>();

    /**
     * Returns the keys that the ledger knows to be there and the listing has not shown.
     *
     * @param replicated tells of which keys a listing shows all
     */
    List<String> missing(Ledger ledger, Predicate<String> replicated) {
      List<String> missing = new ArrayList<>();
      ledger.forEach(
          (key, entry) -> {
            if (entry.isPresent() && !hashes.contains(hash(key)) && replicated.test(key)) {
              missing.add(key);
            }
          });
      return missing;
    }
  }

  private final Map<String, Shown> byName = new LinkedHashMap<>();

  /** Takes note of a record of the hints, as it is read. */
  void note(Change change) {
    Optional<HintForm.Listing> listing = HintForm.listing(change);
    if (listing.isPresent() && !listing.get().complete()) {
      byName.put(listing.get().name(), new Shown());
      if (byName.size() > MOST) {
        byName.remove(byName.keySet().iterator().next());
      }
    } else if (!byName.isEmpty()
        && HintForm.kind(change).filter(kind -> kind == Hint.Kind.LISTED).isPresent()) {
      // Whoever listed it: a key that is there now was not deleted.
      byName.values().forEach(shown -> shown.hashes.add(hash(change.key())));
    }
  }

  /** Returns what a listing has shown, and forgets it. */
  Optional<Shown> end(String listing) {
    return Optional.ofNullable(byName.remove(listing));
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
