package io.replicator.deploy;

import io.replicator.deploy.process.ProcessEnd;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.view.Screen;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * A process watch says which of a sandbox's processes ended, and with what, and starts them again:
 * after a second, and after twice as long, up to half a minute, each time that one does not live
 * for a minute. One that somebody else has started in its place by then is left alone.
 */
final class ProcessWatch {
  private static final Duration LEAST_DELAY = Duration.ofSeconds(1);
  private static final Duration MOST_DELAY = Duration.ofSeconds(30);
  private static final Duration LONG_LIFE = Duration.ofMinutes(1);

  /** What happens to a process that ended, and to whoever keeps its process id. */
  interface Owner {
    /** Starts it again, without waiting until it is ready. */
    void startAgain(Server process);

    /** Hears that a process has gone, or another has come in its place. */
    void changed();
  }

  /** One process, as it was last seen. */
  private static final class Watched {
    private final String name;
    private final Server process;
    private long pid;
    private boolean away;
    private Instant since;
    private Duration delay = Duration.ZERO;

    private Watched(String name, Server process, Instant now) {
      this.name = name;
      this.process = process;
      pid = process.pid();
      since = now;
    }
  }

  private final List<Watched> all = new ArrayList<>();
  private final Owner owner;
  private final boolean restarts;
  private final InstantSource clock;
  private final Screen screen;

  /**
   * @param restarts whether what ended is started again
   */
  ProcessWatch(Owner owner, boolean restarts, InstantSource clock, Screen screen) {
    this.owner = owner;
    this.restarts = restarts;
    this.clock = clock;
    this.screen = screen;
  }

  /** Watches a process, too, which runs. */
  void add(String name, Server process) {
    all.add(new Watched(name, process, clock.instant()));
  }

  /** Looks at every process; called once a second. */
  void tick() {
    boolean changed = false;
    for (Watched one : all) {
      long before = one.pid;
      one.pid = one.process.pid();
      changed |= one.pid != before;
      if (one.pid != before && before >= 0) {
        ended(one, before);
      }
      if (one.away) {
        away(one);
      }
    }
    if (changed) {
      owner.changed();
    }
  }

  private void ended(Watched one, long pid) {
    Instant now = clock.instant();
    boolean livedLong = Duration.between(one.since, now).compareTo(LONG_LIFE) >= 0;
    Duration twice = one.delay.multipliedBy(2);
    one.delay =
        livedLong || twice.isZero()
            ? LEAST_DELAY
            : twice.compareTo(MOST_DELAY) > 0 ? MOST_DELAY : twice;
    one.since = now;
    one.away = true;
    screen.say(
        "--- %s (process %d) ended with %s; its log is %s; %s ---"
            .formatted(
                one.name,
                pid,
                one.process.end().map(ProcessEnd::toString).orElse("an exit code not known here"),
                one.process.log(),
                restarts
                    ? "it is started again in " + one.delay.toSeconds() + " s"
                    : "its command stands under 'start' in sandbox.json"));
  }

  private void away(Watched one) {
    if (one.process.isReady()) {
      one.away = false;
      one.since = clock.instant();
      screen.say("--- %s is back, as process %d ---".formatted(one.name, one.pid));
    } else if (restarts && one.pid < 0 && !clock.instant().isBefore(one.since.plus(one.delay))) {
      try {
        owner.startAgain(one.process);
      } catch (IllegalStateException | UncheckedIOException e) {
        // Somebody else was quicker, or the disk is full: others are not to be left alone.
        screen.say("--- %s was not started: %s ---".formatted(one.name, e.getMessage()));
      }
      one.pid = one.process.pid();
      one.since = clock.instant();
      owner.changed();
    }
  }
}
