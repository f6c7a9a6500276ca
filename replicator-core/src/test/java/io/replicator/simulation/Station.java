package io.replicator.simulation;

import io.replicator.lag.Conditions;
import java.time.Duration;
import java.util.Optional;

/** A station of a road in a process of its own, which can be stopped in order, or just end. */
interface Station {
  Life life();

  /** Stops in order, and ends its process. */
  void stop();

  void setPaused(boolean paused);

  /** Returns what is the matter with it now that all should be done. */
  Optional<Fault> unrest();

  /** Pauses a station for a while. */
  static void pause(Station station, Clockwork clockwork) {
    station.setPaused(true);
    clockwork.after(
        clockwork.upTo(Duration.ofSeconds(10)), station.life(), () -> station.setPaused(false));
  }

  /** Returns what the conditions say that is the matter. */
  static Optional<Fault> alarm(Life life, Conditions conditions) {
    return conditions.present().reason().isEmpty()
        ? Optional.empty()
        : Optional.of(new Fault(Fault.Kind.ALARMED, life + ": " + conditions.present()));
  }
}
