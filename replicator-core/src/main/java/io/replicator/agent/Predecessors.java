package io.replicator.agent;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The predecessors of a capture are the incarnations of its resource that this region's status
 * topic told of before the capture was opened: what they had written by then stands before anything
 * that the capture writes, whatever captures they were lives of, and whether they had ended or not.
 * They are told of to the other regions, now and then, together with the capture's own former
 * lives. Used by one thread.
 */
final class Predecessors {
  /**
   * So seldom, since they are many numbers, and often enough to stand in a status topic's tail,
   * which many captures fill in a few seconds.
   */
  private static final Duration PAUSE = Duration.ofSeconds(3);

  /** As many agents of a region may end together, each with what the others did not hear. */
  static final int MOST = 16;

  private final Region here;
  private final Resource resource;
  private final Numbers numbers;
  private final InstantSource steady;
  private final List<Written> before;
  private Instant told = Instant.MIN;

  Predecessors(Site site, Resource resource) {
    this.here = site.here();
    this.resource = resource;
    this.numbers = site.board().numbers();
    this.steady = site.clocks().steady();
    this.before = numbers.written(here, resource);
  }

  /**
   * Returns whom to tell of now: those that are silent, the latest of them.
   *
   * @param former the capture's own former lives
   * @return null if it is not time
   */
  List<Status.Former> toTell(Written present, List<Written> former) {
    Instant now = steady.instant();
    if (now.isBefore(told.plus(PAUSE))) {
      return null;
    }
    told = now;
    return Stream.concat(
            before.stream().filter(one -> numbers.isSilent(here, resource, one.incarnation())),
            former.stream())
        .filter(one -> !one.incarnation().equals(present.incarnation()))
        .filter(one -> !one.isNothing() && numbers.isWithinRetention(one))
        .sorted(Comparator.comparing(Written::at).reversed())
        .limit(MOST)
        .map(Status.Former::of)
        .toList();
  }
}
