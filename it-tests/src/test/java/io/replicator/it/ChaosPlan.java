package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;

import io.replicator.it.Fault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A chaos plan is all that will go wrong in a run, told beforehand. The same seed and length give
 * the same plan.
 *
 * <p>Several faults overlap, but not two of the same victim. The limits of what is promised are
 * kept: a request that an agent has given up lands at once or never, so the way to a store is cut
 * for less than the agent's time-out, and longer only stalled, where what was under way is lost.
 */
record ChaosPlan(long seed, List<Fault> faults) {
  private static final int SHORTEST_GAP_MILLIS = 500;
  private static final int LONGEST_GAP_MILLIS = 4_500;

  /** The order counts: a seed means the same as long as it stays. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Choice(Kind kind, int weight, int leastSeconds, int mostSeconds, String... whom) {}

  private static final List<Choice> CHOICES =
      List.of(
          new Choice(Kind.KILL, 6, 0, 6, "agent", "cassandra-capture"),
          new Choice(Kind.KILL, 2, 0, 4, "kafka", "s3", "cassandra"),
          new Choice(Kind.PAUSE, 3, 1, 25, "agent", "cassandra-capture"),
          new Choice(Kind.PAUSE, 3, 1, 15, "kafka", "s3", "sqs", "cassandra"),
          new Choice(Kind.CUT, 2, 3, 30, "link"),
          new Choice(Kind.STALL, 1, 3, 30, "link"),
          new Choice(Kind.SLOW, 2, 5, 20, "link"),
          new Choice(Kind.RESET, 1, 1, 8, "link"),
          new Choice(Kind.CUT, 2, 1, 10, "to-s3", "to-sqs", "to-cassandra"),
          new Choice(Kind.STALL, 3, 5, 35, "to-s3", "to-sqs", "to-cassandra"),
          new Choice(Kind.SLOW, 2, 5, 20, "to-s3", "to-sqs", "to-cassandra"),
          new Choice(Kind.RESET, 2, 1, 8, "to-s3", "to-sqs", "to-cassandra"),
          new Choice(Kind.ERRORS, 5, 2, 20, "to-s3", "to-sqs"));

  static ChaosPlan of(long seed, Duration length) {
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    long at = 0;
    while (true) {
      at += SHORTEST_GAP_MILLIS + random.nextInt(LONGEST_GAP_MILLIS - SHORTEST_GAP_MILLIS);
      Choice choice = choice(random);
      long lasts =
          choice.leastSeconds() * 1_000L
              + random.nextInt((choice.mostSeconds() - choice.leastSeconds()) * 1_000);
      Fault fault =
          new Fault(
              Duration.ofMillis(at),
              Duration.ofMillis(lasts),
              choice.kind(),
              random.nextBoolean() ? EAST : WEST,
              choice.whom()[random.nextInt(choice.whom().length)]);
      if (at > length.toMillis()) {
        return new ChaosPlan(seed, List.copyOf(faults));
      }
      boolean free =
          faults.stream()
              .noneMatch(
                  other ->
                      other.region().equals(fault.region())
                          && other.whom().equals(fault.whom())
                          && other.end().plusSeconds(1).compareTo(fault.at()) > 0);
      if (free && fault.end().compareTo(length) <= 0) {
        faults.add(fault);
      }
    }
  }

  private static Choice choice(Random random) {
    int dice = random.nextInt(CHOICES.stream().mapToInt(Choice::weight).sum());
    for (Choice choice : CHOICES) {
      dice -= choice.weight();
      if (dice < 0) {
        return choice;
      }
    }
    throw new AssertionError();
  }

  /** Returns how many faults of each kind there are. */
  Map<Kind, Long> counts() {
    return faults.stream()
        .collect(Collectors.groupingBy(Fault::kind, TreeMap::new, Collectors.counting()));
  }

  @Override
  public String toString() {
    return "chaos of seed "
        + seed
        + ":\n"
        + faults.stream().map(Fault::toString).collect(Collectors.joining("\n"));
  }
}
