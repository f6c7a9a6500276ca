package io.replicator.deploy;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.demo.Tally;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.view.HumanTime;
import io.replicator.deploy.view.Screen;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Carries out what is ordered of the link, and after a heal says when all that was sent before it
 * has arrived. Thread-safe.
 */
final class LinkOrders {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Sandbox sandbox;
  private final Demonstration demonstration;
  private final Screen screen;
  private boolean cut;
  private long sentBeforeCut;
  private Healed healed;

  /** What there was to catch up with when the link was healed. */
  private record Healed(long nanos, Demonstration.Mark mark, long sentWhileCut, boolean late) {}

  LinkOrders(Sandbox sandbox, Demonstration demonstration, Screen screen) {
    this.sandbox = sandbox;
    this.demonstration = demonstration;
    this.screen = screen;
  }

  /** Carries out one order and returns the answer. */
  synchronized String order(String order) {
    String answer;
    if (order.equals("cut")) {
      answer = cut();
    } else if (order.equals("heal")) {
      answer = heal();
    } else if (order.startsWith("slow ")) {
      answer = slow(Duration.ofMillis(Long.parseLong(order.substring(5))));
    } else {
      return "refused: '" + order + "' is no order";
    }
    screen.say("--- " + answer + " ---");
    return answer;
  }

  private String cut() {
    if (!cut) {
      sandbox.cut();
      cut = true;
      healed = null;
      sentBeforeCut = sent();
    }
    return "the link is cut: no byte passes between the regions";
  }

  private String heal() {
    sandbox.heal();
    if (cut) {
      cut = false;
      healed = new Healed(System.nanoTime(), demonstration.mark(), sent() - sentBeforeCut, false);
    }
    return "the link is healed";
  }

  private String slow(Duration delay) {
    sandbox.slow(delay);
    String slower =
        "everything takes %s longer, each way".formatted(HumanTime.ofMillis(delay.toMillis()));
    return cut ? slower + ", once the link is healed" : slower;
  }

  /** Looks whether everything has arrived; called once a second. */
  synchronized void tick() {
    if (healed == null) {
      return;
    }
    long missing = demonstration.missingBefore(healed.mark());
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
      healed = new Healed(healed.nanos(), healed.mark(), healed.sentWhileCut(), true);
    }
  }

  private long sent() {
    return demonstration.counts().values().stream().mapToLong(Tally.Count::sent).sum();
  }

  private long different() {
    return demonstration.counts().values().stream().mapToLong(Tally.Count::different).sum();
  }
}
