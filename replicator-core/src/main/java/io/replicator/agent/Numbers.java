package io.replicator.agent;

import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.reading.Tail;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The numbers are what the captures of all regions have said of the changes that they numbered, by
 * resource and incarnation, for as long as a reader may yet miss one of them. Thread-safe.
 */
final class Numbers {
  /** They speak every second. */
  private static final Duration MOMENT = Duration.ofSeconds(10);

  /**
   * What was said so long before the retention ends is of no use any more to find what is lost; or
   * half of it, if that is less.
   */
  private static final Duration MARGIN = Duration.ofHours(1);

  /**
   * What was said last of an incarnation.
   *
   * @param first where the first line stands that told of it
   * @param heard when the last one was read, by the steady clock
   * @param former what it told of others last
   */
  private record Said(Written written, long first, Instant heard, List<Written> former) {}

  private final Clocks clocks;
  private final Duration retention;
  private final Map<String, Map<String, Said>> said = new ConcurrentHashMap<>();

  /**
   * @param retention of change topics
   */
  Numbers(Clocks clocks, Duration retention) {
    this.clocks = clocks;
    this.retention = retention;
  }

  /** Takes in what a line of any region's status topic tells. */
  void note(Status status, ConsumerRecord<byte[], byte[]> line) {
    Instant now = clocks.steady().instant();
    // An agent's clock may be ahead, a line may have come late.
    Instant at = Instant.ofEpochMilli(Math.min(status.sentMillis(), line.timestamp()));
    status
        .captures()
        .forEach(
            (resource, capture) ->
                note(status.region() + "/" + resource, capture, at, line.offset(), now));
  }

  private void note(
      String resource, Status.CaptureStatus capture, Instant at, long offset, Instant now) {
    Map<String, Said> incarnations =
        said.computeIfAbsent(resource, key -> new ConcurrentHashMap<>());
    Written written = new Written(capture.incarnation(), capture.sent(), at);
    incarnations.merge(
        capture.incarnation(),
        new Said(written, offset, now, former(capture.former(), at)),
        (before, anew) ->
            new Said(
                before.written().or(written),
                before.first(),
                now,
                capture.former() == null ? before.former() : anew.former()));
    // What an older one wrote is purged by now, wherever it was not applied.
    incarnations.values().removeIf(one -> one.heard().isBefore(now.minus(retention)));
  }

  /**
   * Takes in what a capture of this process said last when it was closed, which no line tells if
   * the resource is captured anew at once.
   */
  void noteClosed(Region here, Resource resource, Status.CaptureStatus last) {
    Written written = new Written(last.incarnation(), last.sent(), clocks.wall().instant());
    said.computeIfAbsent(here + "/" + resource, key -> new ConcurrentHashMap<>())
        .merge(
            last.incarnation(),
            new Said(written, Long.MAX_VALUE, clocks.steady().instant(), List.of()),
            (before, anew) ->
                new Said(
                    before.written().or(written), before.first(), before.heard(), before.former()));
  }

  private static List<Written> former(List<Status.Former> told, Instant at) {
    return told == null
        ? List.of()
        : told.stream()
            .limit(Predecessors.MOST)
            .map(
                it ->
                    new Written(
                        it.incarnation(),
                        it.sent(),
                        Instant.ofEpochMilli(Math.min(it.atMillis(), at.toEpochMilli()))))
            .toList();
  }

  /** Returns the last numbers that the captures of a region sent of a resource, by incarnation. */
  Map<String, long[]> sent(Region origin, Resource resource) {
    Map<String, long[]> numbers = new HashMap<>();
    said(origin, resource)
        .forEach(
            (incarnation, one) ->
                numbers.put(
                    incarnation,
                    one.written().last().stream().mapToLong(Long::longValue).toArray()));
    return numbers;
  }

  private Map<String, Said> said(Region origin, Resource resource) {
    return said.getOrDefault(origin + "/" + resource, Map.of());
  }

  /** Returns likewise what they have written, and when. */
  List<Written> written(Region origin, Resource resource) {
    return said(origin, resource).values().stream().map(Said::written).toList();
  }

  /** Tells whether an incarnation has not been heard for a moment. */
  boolean isSilent(Region origin, Resource resource, String incarnation) {
    Said last = said(origin, resource).get(incarnation);
    return last == null || last.heard().isBefore(clocks.steady().instant().minus(MOMENT));
  }

  /**
   * Tells whether what was written stood in the topic lately enough that no reader can have
   * forgotten it: those remember for twice as long who was heard, and this is by the same clock.
   */
  boolean isWithinRetention(Written written) {
    Duration half = retention.dividedBy(2);
    Duration most = retention.minus(half.compareTo(MARGIN) < 0 ? half : MARGIN);
    return written.at().isAfter(clocks.wall().instant().minus(most));
  }

  /**
   * Returns what incarnations of a resource in a region had written when others had not begun: by
   * the others' own word, or because both are lives of one capture, which are one after the other.
   */
  List<Tail> tails(Region origin, Resource resource) {
    List<Tail> tails = new ArrayList<>();
    Map<String, List<Said>> captures = new HashMap<>();
    for (Said one : said(origin, resource).values()) {
      String incarnation = one.written().incarnation();
      captures.computeIfAbsent(Stamp.capture(incarnation), any -> new ArrayList<>()).add(one);
      one.former().forEach(former -> add(former, one, tails));
    }
    for (List<Said> lives : captures.values()) {
      lives.sort(Comparator.comparing(Numbers::begin));
      Said last = lives.get(lives.size() - 1);
      for (int i = 1; i < lives.size(); i++) {
        // Not behind each of the others: there may be many, and one is enough.
        addIfBefore(lives.get(i - 1), lives.get(i), tails);
        if (i + 1 < lives.size()) {
          addIfBefore(lives.get(i - 1), last, tails);
        }
      }
    }
    return tails;
  }

  private void add(Written written, Said successor, List<Tail> tails) {
    if (!written.isNothing() && isWithinRetention(written)) {
      String behind = successor.written().incarnation();
      tails.add(new Tail(written.incarnation(), written.last(), behind));
    }
  }

  /** By two tokens, since a clock may be set back, and the mirror may repeat what it brought. */
  private void addIfBefore(Said one, Said other, List<Tail> tails) {
    if (begin(one).isBefore(begin(other)) && one.first() < other.first()) {
      add(one.written(), other, tails);
    }
  }

  private static Instant begin(Said one) {
    return Stamp.begin(one.written().incarnation());
  }

  /**
   * Returns when, by the steady clock, each capture of a resource in a region was last heard saying
   * what it had sent, by name.
   */
  Map<String, Instant> spoken(Region origin, Resource resource) {
    Map<String, Instant> spoken = new HashMap<>();
    said(origin, resource)
        .forEach(
            (incarnation, one) ->
                spoken.merge(
                    Stamp.capture(incarnation), one.heard(), (a, b) -> a.isAfter(b) ? a : b));
    return spoken;
  }
}
