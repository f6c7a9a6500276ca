package io.replicator.simulation;

import io.replicator.lag.Conditions;
import java.time.Duration;
import java.util.Optional;

/** A process of a road, which can be stopped as it should be, or just end. */
interface Station {
  Life life();

  /** Stops, as at the end of an orderly stop, and ends. */
  void stop();

  void setPaused(boolean paused);

  /** Returns what is the matter with it now that all should be done. */
  Optional<Fault> unrest();

  /** Has a process pause for a while. */
  static void pause(Station process, Clockwork clockwork) {
    process.setPaused(true);
    clockwork.after(
        clockwork.upTo(Duration.ofSeconds(10)), process.life(), () -> process.setPaused(false));
  }

  /** Returns what the conditions say that is the matter. */
  static Optional<Fault> alarm(Life life, Conditions conditions) {
    return conditions.present().reason().isEmpty()
        ? Optional.empty()
        : Optional.of(new Fault(Fault.Kind.ALARMED, life + ": " + conditions.present()));
  }
}
