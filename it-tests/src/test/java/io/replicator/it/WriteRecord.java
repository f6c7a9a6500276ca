package io.replicator.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A write record is what services did to the keys of a bucket in several regions, and the oracle of
 * what every region must show in the end. It knows nothing of Replicator but its two rules: a write
 * wins over what it was written over; otherwise the later second wins.
 *
 * <p>All regions of a test have one clock. A write of a region was over all that was written in
 * that region before, so only each region's last ones can win. Of those a put wins over what
 * another region finished in an earlier second. Which of two concurrent ones in one second wins is
 * not known from here, nor whether a delete had seen the other region's put, whatever the time: it
 * may be known only by the version that it deleted. There, either may have won. Thread-safe.
 */
final class WriteRecord {
  /**
   * A write that was confirmed.
   *
   * @param content what was put; empty for a delete
   * @param begun before the request, by the clock of all, in milliseconds
   * @param done after the answer
   */
  record Write(String region, Optional<String> content, long begun, long done) {
    private boolean winsOver(Write other) {
      return content.isPresent()
          && !region.equals(other.region())
          && begun / 1_000 > other.done() / 1_000;
    }
  }

  private final Map<String, Map<String, Write>> last = new HashMap<>();

  /** Notes a write of a key; of one region's writes of a key the next begins when one is done. */
  synchronized void add(String key, Write write) {
    last.computeIfAbsent(key, any -> new HashMap<>()).put(write.region(), write);
  }

  /** Returns the keys that were written. */
  synchronized Set<String> keys() {
    return Set.copyOf(last.keySet());
  }

  /** Returns what a key may show in the end; one thing where the writes alone decide. */
  synchronized Set<Optional<String>> winners(String key) {
    List<Write> candidates = new ArrayList<>(last.get(key).values());
    Set<Optional<String>> winners = new HashSet<>();
    for (Write one : candidates) {
      if (candidates.stream().noneMatch(other -> other.winsOver(one))) {
        winners.add(one.content());
      }
    }
    return winners;
  }
}
