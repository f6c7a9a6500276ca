package io.replicator.apply;

import io.replicator.model.Condition;
import io.replicator.reading.Reading;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The lanes of a flow in this agent's hands, by partition. Thread-safe. */
final class Lanes {
  private final Timer timer;
  private final Map<Integer, Lane> byPartition = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private volatile List<Lane> inTurn = List.of();

  /**
   * @param timer knows how to wait
   */
  Lanes(Timer timer) {
    this.timer = timer;
  }

  void add(Lane lane) {
    byPartition.put(lane.partition(), lane);
    inTurn = List.copyOf(byPartition.values());
  }

  /** Returns the lane of a partition, or null if it is not in this agent's hands. */
  Lane get(int partition) {
    return byPartition.get(partition);
  }

  Collection<Lane> all() {
    return byPartition.values();
  }

  /** Returns the numbers of the partitions as they are now, in order. */
  Set<Integer> partitions() {
    return new TreeSet<>(byPartition.keySet());
  }

  /**
   * Begins what can be begun in all of them: they share one window, so each is first in turn.
   *
   * @return false if that is left to another thread in any of them
   */
  boolean pump() {
    List<Lane> lanes = inTurn;
    int first = turn.getAndIncrement();
    boolean pumped = true;
    for (int i = 0; i < lanes.size(); i++) {
      pumped &= lanes.get(Math.floorMod(first + i, lanes.size())).pump();
    }
    return pumped;
  }

  /** Returns what parked changes wait for that an operator has to see to. */
  List<Condition> parkedConditions() {
    return byPartition.values().stream()
        .flatMap(lane -> lane.bay().keys().conditions().stream())
        .toList();
  }

  /** Returns what is known of the partitions. */
  List<Reading> readings() {
    return byPartition.values().stream().map(Lane::reading).toList();
  }

  /**
   * Gives partitions up: nothing more is begun, and what is under way ends, within a patience.
   *
   * @return their lanes, which can still be asked how far they came
   */
  List<Lane> drop(Collection<Integer> partitions, Duration patience) {
    List<Lane> dropped = new ArrayList<>();
    List<CompletableFuture<Void>> quiet = new ArrayList<>();
    for (int partition : partitions) {
      Lane lane = byPartition.get(partition);
      if (lane != null) {
        quiet.add(lane.stop().toCompletableFuture());
        dropped.add(lane);
      }
    }
    try {
      // In time or not, they are given up.
      timer.await(CompletableFuture.allOf(quiet.toArray(CompletableFuture<?>[]::new)), patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Lane lane : dropped) {
      lane.clear();
      byPartition.remove(lane.partition());
    }
    inTurn = List.copyOf(byPartition.values());
    return dropped;
  }
}
