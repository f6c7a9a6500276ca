package io.replicator.reading;

import java.util.List;

/**
 * A tail is what an incarnation had made durable before another one wrote its first record: whoever
 * has read a record of the other in a partition has passed all of these there.
 *
 * @param incarnation whose numbers these are
 * @param last the number of its last change by partition; 0 where it wrote none
 * @param successor the one that wrote nothing before
 */
public record Tail(String incarnation, List<Long> last, String successor) {
  public Tail {
    last = List.copyOf(last);
  }
}
