package io.replicator.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A write record is what services did to the keys of a bucket in several regions, and the oracle of
 * what every region must show in the end. It knows nothing of Replicator but its two rules: a write
 * wins over what it was written over; otherwise the later second wins.
 *
 * <p>All regions of a test have one clock. A write of a region was over all that was written in
 * that region before, so only each region's last ones can win. Of those a put wins over what
 * another region finished in an earlier second. Which of two concurrent ones in one second wins is
 * not known from here, nor whether a delete had seen the other region's put, whatever the time: it
 * may be known only by the version that it deleted. There, either may have won.
 *
 * <p>A write that was not confirmed has happened or not, but if it has, between its begin and its
 * failure. Thread-safe.
 */
final class WriteRecord {
  /**
   * A write.
   *
   * @param content what was put; empty for a delete
   * @param begun before the request, by the clock of all, in milliseconds
   * @param done after the answer, or the failure
   */
  record Write(String region, Optional<String> content, long begun, long done) {
    private boolean winsOver(Write other) {
      return content.isPresent()
          && !region.equals(other.region())
          && begun / 1_000 > other.done() / 1_000;
    }
  }

  /** What one region did to a key last. */
  private static final class Side {
    private Optional<Write> confirmed = Optional.empty();
    private final List<Write> unsure = new ArrayList<>();

    private Stream<Write> candidates() {
      return Stream.concat(confirmed.stream(), unsure.stream());
    }
  }

  private final Map<String, Map<String, Side>> last = new HashMap<>();

  /**
   * Notes a confirmed write of a key; of one region's writes of a key the next begins when one is
   * done.
   */
  synchronized void add(String key, Write write) {
    Side side = side(key, write);
    side.confirmed = Optional.of(write);
    side.unsure.clear();
  }

  /** Notes a write that was not confirmed, in the same order. */
  synchronized void addUnsure(String key, Write write) {
    side(key, write).unsure.add(write);
  }

  private Side side(String key, Write write) {
    return last.computeIfAbsent(key, any -> new HashMap<>())
        .computeIfAbsent(write.region(), any -> new Side());
  }

  /** Returns the keys that were written. */
  synchronized Set<String> keys() {
    return Set.copyOf(last.keySet());
  }

  /** Returns what a key may show in the end; one thing where the writes alone decide. */
  synchronized Set<Optional<String>> winners(String key) {
    List<Side> sides = List.copyOf(last.get(key).values());
    Set<Optional<String>> winners = new HashSet<>();
    sides.stream()
        .flatMap(Side::candidates)
        .filter(
            one ->
                sides.stream().flatMap(s -> s.confirmed.stream()).noneMatch(o -> o.winsOver(one)))
        .forEach(one -> winners.add(one.content()));
    if (sides.stream().allMatch(side -> side.confirmed.isEmpty())) {
      winners.add(Optional.empty());
    }
    return winners;
  }
}
