package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.reading.Window;
import io.replicator.spi.Applier;
import io.replicator.timer.Timer;
import java.util.function.BooleanSupplier;

/** The chain around one applier, put together: what a change goes through until it is done. */
final class Chain {
  private final Target target;
  private final Delivery delivery;

  /**
   * @param remembers whether each change is written to the journal before it counts as done
   * @param paused while true nothing is begun or tried again
   * @param pump is called when new changes may be begun; false if that is left to another thread
   * @param recovered is called when they may again, after the target refused them
   */
  Chain(
      Flow flow,
      Applier applier,
      OnFailure onFailure,
      DeadLetters deadLetters,
      LocalWrites writes,
      Parking parking,
      Journal journal,
      boolean remembers,
      Window window,
      Timer timer,
      Clocks clocks,
      Figures figures,
      Failing failing,
      Conditions conditions,
      BooleanSupplier paused,
      Pump.All pump,
      Runnable recovered) {
    Runnable begin = pump::run;
    Retries retries = new Retries(timer, failing, paused, begin);
    Finish finish = new Finish(flow, journal, remembers, parking, timer, figures, begin);
    Parker parker =
        new Parker(flow, parking, retries, failing, figures, window, clocks.wall(), begin);
    LastResort lastResort =
        new LastResort(
            flow,
            onFailure,
            deadLetters,
            writes,
            retries,
            failing,
            figures,
            parker,
            finish,
            clocks::nanos);
    this.target =
        new Target(
            applier,
            lastResort,
            retries,
            failing,
            timer,
            figures,
            conditions,
            finish,
            paused,
            pump,
            recovered,
            clocks::nanos);
    this.delivery = new Delivery(target, lastResort, parker, failing, finish, figures, paused);
  }

  Target target() {
    return target;
  }

  Delivery delivery() {
    return delivery;
  }

  /** Lets go of what waits, after its lanes were stopped. */
  void close() {
    target.close();
  }
}
