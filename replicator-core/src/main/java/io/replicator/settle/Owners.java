package io.replicator.settle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The owners of a resource in this agent, by partition number. Thread-safe. */
final class Owners {
  private final Map<Integer, Owner> byPartition = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * What became of an owner that was stopped.
   *
   * @param clean whether nothing of its work is under way any more
   */
  record Stopped(Owner owner, boolean clean) {}

  void add(Owner owner) {
    byPartition.put(owner.partition(), owner);
  }

  Optional<Owner> get(int partition) {
    return Optional.ofNullable(byPartition.get(partition));
  }

  Collection<Owner> all() {
    return byPartition.values();
  }

  /** Begins what can be begun in all of them: they share the inflows' windows and take turns. */
  void pump() {
    List<Owner> owners = List.copyOf(byPartition.values());
    int first = turn.getAndIncrement();
    for (int i = 0; i < owners.size(); i++) {
      owners.get(Math.floorMod(first + i, owners.size())).pump();
    }
  }

  /** Lets go of an owner whose last word is said. */
  void remove(Owner owner) {
    owner.leave();
    byPartition.remove(owner.partition(), owner);
  }

  /** Has partitions' work end: nothing more is begun, what is under way ends, within a patience. */
  List<Stopped> stop(Collection<Integer> partitions, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    List<Owner> leaving = new ArrayList<>();
    for (int partition : partitions) {
      get(partition).ifPresent(leaving::add);
    }
    leaving.forEach(Owner::stop);
    List<Stopped> stopped = new ArrayList<>();
    for (Owner owner : leaving) {
      boolean clean = false;
      try {
        clean = owner.drain(end);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      stopped.add(new Stopped(owner, clean));
    }
    return stopped;
  }
}
