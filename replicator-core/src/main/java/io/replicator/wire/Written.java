package io.replicator.wire;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * What an incarnation has written so far, and is durable.
 *
 * @param last the number of its last change by partition; 0 where it wrote none
 * @param at when it had, by the clock of whoever says so
 */
public record Written(String incarnation, List<Long> last, Instant at) {
  public Written {
    last = List.copyOf(last);
  }

  public Written(String incarnation, long[] last, Instant at) {
    this(incarnation, Arrays.stream(last).boxed().toList(), at);
  }

  /** Returns which of two that are said of one incarnation is the later; the other if equal. */
  public Written or(Written other) {
    return sum() > other.sum() ? this : other;
  }

  private long sum() {
    return last.stream().mapToLong(Long::longValue).sum();
  }

  /** Tells whether it wrote no change at all. */
  public boolean isNothing() {
    return last.stream().allMatch(number -> number == 0);
  }
}
