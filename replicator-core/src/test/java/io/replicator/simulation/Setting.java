package io.replicator.simulation;

import io.replicator.kafka.TopicNames;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.reading.Bounds;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The setting of one flow: what its processes are told, and what they find.
 *
 * @param here the region in which it is applied
 * @param origin the Kafka of the region in which users write
 * @param local the Kafka of the region in which it is applied
 */
record Setting(
    Flow flow,
    Region here,
    int partitions,
    Bounds bounds,
    OnFailure onFailure,
    Cluster origin,
    Cluster local,
    Ends ends,
    Clockwork clockwork,
    Faults faults,
    Wiring wiring) {

  /** Where users write. */
  interface Source {
    /** Returns the door through which a process reads; {@code delivered} is told what it reads. */
    Door.Changes door(Life life, Consumer<Change> delivered);
  }

  /**
   * What the flow leads from and to.
   *
   * @param manyReaders whether several processes read from the source, each by a name of its own
   */
  record Ends(
      Source source,
      boolean manyReaders,
      MemoryStore target,
      Outages targetOutages,
      SickKeys sick,
      Witness witness) {}

  String topic() {
    return TopicNames.changes(flow);
  }

  String parking() {
    return TopicNames.parking(here, flow);
  }

  String deadLetters() {
    return TopicNames.deadLetters(here) + "." + flow.resource().name();
  }

  /** Returns the timer of a process. */
  Timer timer(Life life) {
    return new Timer(
        new TimedExecutor(clockwork, life),
        task -> clockwork.after(Duration.ZERO, life, task),
        clockwork.random(),
        (stage, most) -> clockwork.await(life, stage, most));
  }
}
