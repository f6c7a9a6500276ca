package io.replicator.settle;

import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.wire.Decoded;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;

/**
 * One membership in a resource's settle group: reads what it is given into its owners, no faster
 * than they take it, and has their progress written down once a second. Used by one thread.
 */
final class Membership {
  private static final Duration POLL = Duration.ofMillis(50);

  /** Short, because what is full now may be drained in a moment. */
  private static final Duration POLL_FULL = Duration.ofMillis(5);

  /** As often owners look whether they may begin more. */
  private static final Duration POLL_EASING = Duration.ofMillis(20);

  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration WATCH = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Consumer<byte[], byte[]> member;
  private final Station station;
  private final Map<String, Inflow> inflows = new HashMap<>();
  private final Assignment assignment;
  private final Supplier<String> ledgerId;
  private final Clocks clocks;
  private final Duration retention;

  /** Each with the owner before whom it is held: another one reads it again. */
  private final Map<TopicPartition, Owner> newer = new HashMap<>();

  private final Set<Inflow> full = new HashSet<>();
  private final Map<Owner, CompletableFuture<Void>> checkpoints = new HashMap<>();
  private Instant beaten = Instant.EPOCH;
  private Instant idled = Instant.EPOCH;
  private Instant watched = Instant.EPOCH;
  private String ledgerSeen;

  /**
   * @param ledgerId tells the ledger topic's present id
   * @param retention of change topics; incarnations silent for twice as long are forgotten
   */
  Membership(
      Consumer<byte[], byte[]> member,
      Station station,
      Collection<Inflow> inflows,
      Assignment assignment,
      Supplier<String> ledgerId,
      Clocks clocks,
      Duration retention) {
    this.member = member;
    this.station = station;
    for (Inflow inflow : inflows) {
      inflow.topics().forEach(topic -> this.inflows.put(topic, inflow));
    }
    this.assignment = assignment;
    this.ledgerId = ledgerId;
    this.ledgerSeen = ledgerId.get();
    this.clocks = clocks;
    this.retention = retention;
  }

  /**
   * Reads until told to stop.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka refuses
   */
  void run(BooleanSupplier stopping) {
    member.subscribe(inflows.keySet(), assignment);
    while (!stopping.getAsBoolean()) {
      regulate();
      try {
        read();
      } catch (InvalidOffsetException e) {
        purged(e);
      }
      station.outlet().setMember(member.groupMetadata());
      beat();
    }
  }

  /** Purged under a slow reader: what is gone shows as a hole in the numbers, too. */
  private void purged(InvalidOffsetException e) {
    member.seekToBeginning(e.partitions());
    for (TopicPartition place : e.partitions()) {
      station
          .owners()
          .get(place.partition())
          .ifPresent(
              owner ->
                  owner.readAnew(
                      place.topic(),
                      "records of "
                          + place
                          + " were purged before they were settled, or the topic was created anew"));
    }
  }

  private void read() {
    Set<Owner> touched = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> message : member.poll(pause())) {
      TopicPartition place = new TopicPartition(message.topic(), message.partition());
      station
          .owners()
          .get(message.partition())
          .filter(owner -> newer.get(place) != owner)
          .ifPresent(
              owner -> {
                accept(owner, place, message);
                touched.add(owner);
              });
    }
    if (!member.assignment().isEmpty()) {
      distinct().forEach(inflow -> inflow.conditions().clear("consumer"));
    }
    if (eases()) {
      station.pump();
    } else {
      touched.forEach(Owner::pump);
    }
  }

  private Duration pause() {
    if (!full.isEmpty()) {
      return POLL_FULL;
    }
    return eases() ? POLL_EASING : POLL;
  }

  private boolean eases() {
    return inflows.values().stream().anyMatch(inflow -> inflow.window().eases());
  }

  private void accept(Owner owner, TopicPartition place, ConsumerRecord<byte[], byte[]> message) {
    Input input = owner.input(place.topic());
    if (input.isParking() && message.value() == null) {
      return; // it ends a change that was done
    }
    Entry entry = Entry.of(input, message);
    if (entry.decoded instanceof Decoded.Newer too) {
      newer.put(place, owner);
      inflows
          .get(place.topic())
          .conditions()
          .set(
              "format",
              new Condition(
                  FlowState.NEEDS_UPGRADE,
                  place
                      + " holds a record of format "
                      + too.format()
                      + " at "
                      + message.offset()
                      + ", this agent reads up to "
                      + WireFormat.FORMAT,
                  "upgrade the agents of this region; nothing is lost meanwhile"));
    } else {
      owner.accept(entry);
    }
  }

  /** Fetches no more than can be held, and nothing of what is paused or behind a newer format. */
  private void regulate() {
    Set<TopicPartition> assigned = member.assignment();
    if (newer.entrySet().removeIf(held -> !isHeld(held.getKey(), held.getValue(), assigned))) {
      for (Inflow inflow : distinct()) {
        if (newer.keySet().stream().noneMatch(place -> inflow == inflows.get(place.topic()))) {
          inflow.conditions().clear("format");
        }
      }
    }
    for (Inflow inflow : distinct()) {
      if (inflow.window().full()) {
        full.add(inflow);
      } else if (inflow.window().drained()) {
        full.remove(inflow);
      }
    }
    Set<TopicPartition> stopped = member.paused();
    List<TopicPartition> pause = new ArrayList<>();
    List<TopicPartition> resume = new ArrayList<>();
    for (TopicPartition place : assigned) {
      Inflow inflow = inflows.get(place.topic());
      boolean stop =
          inflow.isPaused()
              || full.contains(inflow)
              || newer.containsKey(place)
              || station.owners().get(place.partition()).isEmpty();
      if (stop != stopped.contains(place)) {
        (stop ? pause : resume).add(place);
      }
    }
    member.pause(pause);
    member.resume(resume);
  }

  private boolean isHeld(TopicPartition place, Owner owner, Set<TopicPartition> assigned) {
    return assigned.contains(place)
        && station.owners().get(place.partition()).filter(present -> present == owner).isPresent();
  }

  /**
   * What owners know they go on knowing, and write down again as it changes; what they would have
   * found there after a restart is gone.
   */
  private void watchLedger() {
    String present = ledgerId.get();
    if (present.equals(ledgerSeen)) {
      return;
    }
    ledgerSeen = present;
    for (Owner owner : station.owners().all()) {
      owner.inputs().forEach(input -> input.reading().purged(assignment.forgetful()));
    }
  }

  private Set<Inflow> distinct() {
    return new HashSet<>(inflows.values());
  }

  private void beat() {
    Instant now = clocks.steady().instant();
    if (now.isBefore(beaten.plus(BEAT))) {
      return;
    }
    beaten = now;
    boolean idle = !now.isBefore(idled.plus(IDLE));
    if (idle) {
      idled = now;
    }
    checkpoints.values().removeIf(CompletableFuture::isDone);
    for (Owner owner : station.owners().all()) {
      if (owner.hasBegun() && !checkpoints.containsKey(owner)) {
        if (idle) {
          Instant limit = clocks.wall().instant().minus(retention.multipliedBy(2));
          owner.inputs().forEach(input -> input.reading().forgetBefore(limit));
        }
        checkpoints.put(owner, assignment.checkpoint(owner, idle));
      }
    }
    watchLedger();
    distinct().forEach(Inflow::reportGaps);
    if (!now.isBefore(watched.plus(WATCH))) {
      watched = now;
      station.owners().all().stream()
          .filter(Owner::hasBegun)
          .findFirst()
          .ifPresent(owner -> station.guard().watch(owner, station.patience()::refuse));
    }
    distinct()
        .forEach(
            inflow ->
                inflow.setUnread(
                    member.assignment().stream()
                        .filter(place -> inflow == inflows.get(place.topic()))
                        .mapToLong(place -> member.currentLag(place).orElse(0))
                        .sum()));
  }
}
