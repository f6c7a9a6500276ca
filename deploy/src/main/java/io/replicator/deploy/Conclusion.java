package io.replicator.deploy;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.demo.ObjectDemonstration;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.view.Screen;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ends a demonstration and says what came of it. */
final class Conclusion {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration PATIENCE_AFTER_SIGNAL = Duration.ofSeconds(10);

  private Conclusion() {}

  /**
   * Stops the writers, waits for what is under way, prints the counts.
   *
   * @param stop whether a signal asks to be quick
   * @return the exit code: 0 if every message and object arrived as it was written
   */
  static int of(
      Sandbox sandbox,
      Demonstration demonstration,
      ObjectDemonstration objects,
      Screen screen,
      CountDownLatch stop)
      throws InterruptedException {
    demonstration.stopWriting();
    objects.stopWriting();
    Duration patience = stop.getCount() == 0 ? PATIENCE_AFTER_SIGNAL : PATIENCE;
    long end = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < end && underWay(sandbox, demonstration, objects) > 0) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    screen.clear();
    demonstration
        .counts()
        .forEach(
            (direction, count) ->
                screen.say(
                    "%s  %d sent, %d arrived, %d repeated; %s, %d different"
                        .formatted(
                            direction,
                            count.sent(),
                            count.arrived(),
                            count.repeated(),
                            isCut(sandbox, direction) && count.missing() > 0
                                ? count.missing() + " held up by the cut link"
                                : told(count.missing()),
                            count.different())));
    objects.lines().forEach(screen::say);
    boolean whole =
        demonstration.counts().values().stream()
            .allMatch(count -> count.missing() == 0 && count.different() == 0);
    return whole && objects.isWhole() ? 0 : 1;
  }

  /** What has not arrived when the sandbox ends may be on its way: nobody has lost it. */
  private static String told(long missing) {
    return missing == 0 ? "0 lost" : missing + " not arrived";
  }

  /** Returns how much may still arrive: there is no waiting for what is behind a cut. */
  private static long underWay(
      Sandbox sandbox, Demonstration demonstration, ObjectDemonstration objects) {
    long keys = 0;
    for (Demonstration.Direction direction : objects.directions()) {
      keys += isCut(sandbox, direction) ? 0 : objects.behind(direction);
    }
    return keys
        + demonstration.counts().entrySet().stream()
            .filter(entry -> !isCut(sandbox, entry.getKey()))
            .mapToLong(entry -> entry.getValue().missing())
            .sum();
  }

  private static boolean isCut(Sandbox sandbox, Demonstration.Direction direction) {
    return sandbox.region(direction.from()).link(direction.to()).isCut();
  }
}
