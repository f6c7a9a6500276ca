package io.replicator.deploy;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.demo.Demonstration.Direction;
import io.replicator.deploy.demo.Tally;
import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.view.HumanTime;
import io.replicator.deploy.view.Screen;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Carries out what is ordered of the links, all of them or those of one region, and after a heal
 * says when all that was sent before it has arrived. Thread-safe.
 */
final class LinkOrders {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Sandbox sandbox;
  private final Demonstration demonstration;
  private final Screen screen;

  /** The directions that are cut, with what had been sent in them by then. */
  private final Map<Direction, Long> cut = new TreeMap<>();

  private Healed healed;

  /** What there was to catch up with when links were healed. */
  private record Healed(
      long nanos,
      Demonstration.Mark mark,
      Set<Direction> directions,
      long sentWhileCut,
      boolean late) {}

  LinkOrders(Sandbox sandbox, Demonstration demonstration, Screen screen) {
    this.sandbox = sandbox;
    this.demonstration = demonstration;
    this.screen = screen;
  }

  /** Carries out one order, {@code cut}, {@code heal} or {@code slow}, and returns the answer. */
  synchronized String order(String order) {
    String[] words = order.split(" ", -1);
    int last = words[0].equals("slow") ? 2 : 1;
    Optional<String> region = words.length > last ? Optional.of(words[last]) : Optional.empty();
    if (region.isPresent() && !names().contains(region.get())) {
      return "refused: '%s' is no region of the sandbox: it has %s"
          .formatted(region.get(), String.join(", ", names()));
    }
    String answer;
    switch (words[0]) {
      case "cut" -> answer = cut(region);
      case "heal" -> answer = heal(region);
      case "slow" -> answer = slow(Duration.ofMillis(Long.parseLong(words[1])), region);
      default -> {
        return "refused: '" + order + "' is no order";
      }
    }
    screen.say("--- " + answer + " ---");
    return answer;
  }

  private String cut(Optional<String> region) {
    sandbox.links(region).forEach(LinkProxy::cut);
    for (Direction direction : directions(region)) {
      cut.putIfAbsent(direction, demonstration.counts().get(direction).sent());
    }
    if (healed != null && directions(region).stream().anyMatch(healed.directions()::contains)) {
      healed = null; // it will not catch up before the next heal
    }
    return region
        .map("%s is cut off: no byte passes between it and the others"::formatted)
        .orElse("the link is cut: no byte passes between the regions");
  }

  private String heal(Optional<String> region) {
    sandbox.links(region).forEach(LinkProxy::heal);
    long sent = healed == null ? 0 : healed.sentWhileCut();
    Set<Direction> directions = new TreeSet<>(healed == null ? Set.of() : healed.directions());
    for (Direction direction : directions(region)) {
      Long before = cut.remove(direction);
      if (before != null) {
        directions.add(direction);
        sent += demonstration.counts().get(direction).sent() - before;
      }
    }
    if (!directions.isEmpty()) {
      healed = new Healed(System.nanoTime(), demonstration.mark(), directions, sent, false);
    }
    return region.map("%s is joined to the others again"::formatted).orElse("the link is healed");
  }

  private String slow(Duration delay, Optional<String> region) {
    sandbox.links(region).forEach(link -> link.slow(delay));
    String slower =
        "everything %stakes %s longer, each way"
            .formatted(
                region.map("between %s and the others "::formatted).orElse(""),
                HumanTime.ofMillis(delay.toMillis()));
    return directions(region).stream().anyMatch(cut::containsKey)
        ? slower + ", once the link is healed"
        : slower;
  }

  /** Looks whether everything has arrived; called once a second. */
  synchronized void tick() {
    if (healed == null) {
      return;
    }
    long missing = demonstration.missingBefore(healed.mark(), healed.directions());
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed.nanos());
    if (missing == 0) {
      screen.say(
          "--- caught up within %s: %d messages were sent while the link was cut; %d lost, %d different ---"
              .formatted(HumanTime.ofMillis(took), healed.sentWhileCut(), missing, different()));
      healed = null;
    } else if (took > LONG.toMillis() && !healed.late()) {
      screen.say(
          "--- %d messages have not arrived %s after the link was healed; see 'replicator status' ---"
              .formatted(missing, HumanTime.ofMillis(took)));
      healed =
          new Healed(
              healed.nanos(), healed.mark(), healed.directions(), healed.sentWhileCut(), true);
    }
  }

  private Set<String> names() {
    return sandbox.regions().stream()
        .map(SandboxRegion::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Set<Direction> directions(Optional<String> region) {
    return demonstration.counts().keySet().stream()
        .filter(
            direction ->
                region.isEmpty()
                    || region.get().equals(direction.from())
                    || region.get().equals(direction.to()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private long different() {
    return demonstration.counts().values().stream().mapToLong(Tally.Count::different).sum();
  }
}
