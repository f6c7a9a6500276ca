package io.replicator.mirror;

import io.replicator.model.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Measures the {@link Skew} between this agent's clock and those of a peer's agents.
 *
 * <p>Each agent stamps its status with its own clock every second. One that arrives looks as old as
 * its way took, less what the sender's clock is ahead of ours; since no way takes less than no
 * time, the least of these ages bounds the skew from below. Each agent tells, in its own status,
 * how old ours look there, and that bounds it from above: what NTP (RFC 5905) does with one packet
 * to and fro, over the mirror's two roads. The middle of both is the estimate, and half their
 * distance its error, which is no more than half of what the two ways take together. While only one
 * road is open, or an older agent does not tell, there is one bound, and no error to be told.
 *
 * <p>A bound counts for 10 to 20 s, so a clock that was set shows within half a minute.
 * Thread-safe.
 */
final class ClockSkew {
  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** The least age of late. */
  private static final class Least {
    private long now = Long.MAX_VALUE;
    private long before = Long.MAX_VALUE;
    private Instant begun;

    Least(Instant begun) {
      this.begun = begun;
    }

    void add(long millis, Instant at) {
      turn(at);
      now = Math.min(now, millis);
    }

    OptionalLong get(Instant at) {
      turn(at);
      long least = Math.min(now, before);
      return least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(least);
    }

    private void turn(Instant at) {
      if (at.isAfter(begun.plus(PERIOD))) {
        before = at.isAfter(begun.plus(PERIOD.multipliedBy(2))) ? Long.MAX_VALUE : now;
        now = Long.MAX_VALUE;
        begun = at;
      }
    }
  }

  private static final class Ages {
    private final Least here;
    private long there;
    private Optional<Instant> toldAt = Optional.empty();

    Ages(Instant begun) {
      here = new Least(begun);
    }

    void told(long millis, Instant at) {
      there = millis;
      toldAt = Optional.of(at);
    }

    /** Theirs is a least of late already. */
    OptionalLong there(Instant at) {
      return toldAt.filter(told -> at.isBefore(told.plus(PERIOD))).isPresent()
          ? OptionalLong.of(there)
          : OptionalLong.empty();
    }
  }

  private final Clocks clocks;
  private final Map<String, Ages> agents = new HashMap<>();

  ClockSkew(Clocks clocks) {
    this.clocks = clocks;
  }

  /**
   * Takes note of a status that has just arrived.
   *
   * @param agent who sent it
   * @param sent when, by its clock
   * @param ours how old this agent's own look there at least, in milliseconds, if that is told
   */
  synchronized void heard(String agent, Instant sent, OptionalLong ours) {
    Instant now = clocks.steady().instant();
    Ages ages = agents.computeIfAbsent(agent, any -> new Ages(now));
    ages.here.add(Duration.between(sent, clocks.wall().instant()).toMillis(), now);
    ours.ifPresent(millis -> ages.told(millis, now));
    agents.values().removeIf(one -> one.here.get(now).isEmpty());
  }

  /** Returns how old the status of each agent looks here at least, in milliseconds. */
  synchronized Map<String, Long> ages() {
    Map<String, Long> least = new HashMap<>();
    Instant now = clocks.steady().instant();
    agents.forEach(
        (agent, ages) -> ages.here.get(now).ifPresent(millis -> least.put(agent, millis)));
    return least;
  }

  /**
   * Returns what is known of the clock that is furthest from ours; empty if nothing was heard of
   * late, or a clock was set within that time, so that the bounds contradict each other.
   */
  synchronized Optional<Skew> worst() {
    Instant now = clocks.steady().instant();
    Skew worst = null;
    for (Map.Entry<String, Ages> agent : agents.entrySet()) {
      OptionalLong here = agent.getValue().here.get(now);
      OptionalLong there = agent.getValue().there(now);
      if (here.isEmpty() || (there.isPresent() && here.getAsLong() + there.getAsLong() < 0)) {
        continue;
      }
      Skew skew =
          new Skew(
              agent.getKey(),
              Duration.ofMillis(-here.getAsLong()),
              there.isEmpty()
                  ? Optional.empty()
                  : Optional.of(Duration.ofMillis(there.getAsLong())));
      if (worst == null || skew.middle().abs().compareTo(worst.middle().abs()) > 0) {
        worst = skew;
      }
    }
    return Optional.ofNullable(worst);
  }
}
