package io.replicator.settle;

import io.replicator.ledger.Ledger;
import io.replicator.ledger.LedgerRecord;
import io.replicator.ledger.LedgerTopic;
import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The assignment turns what the group gives a member into owners: a partition number has one as
 * soon as its partitions of all topics are here, and until one of them is taken away. Called on the
 * station's thread, within poll.
 */
final class Assignment implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(Assignment.class);

  /** Longer than a request may take, so that no work ends after the next owner began. */
  static final Duration HANDOVER = Duration.ofSeconds(65);

  private static final Duration LAST_WORD = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final String name;
  private final Station station;
  private final Collection<Inflow> inflows;
  private final LedgerTopic ledgers;
  private final Consumer<byte[], byte[]> member;
  private final Timer timer;
  private final Set<TopicPartition> assigned = new HashSet<>();

  /**
   * @param name of this station's life, by which a later owner knows whether it was its own
   */
  Assignment(
      String name,
      Station station,
      Collection<Inflow> inflows,
      LedgerTopic ledgers,
      Consumer<byte[], byte[]> member,
      Timer timer) {
    this.name = name;
    this.station = station;
    this.inflows = inflows;
    this.ledgers = ledgers;
    this.member = member;
    this.timer = timer;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    station.outlet().setMember(member.groupMetadata());
    assigned.addAll(partitions);
    Set<Integer> complete = new HashSet<>();
    Set<TopicPartition> waiting = new HashSet<>();
    for (TopicPartition place : partitions) {
      if (topics().allMatch(topic -> assigned.contains(at(topic, place)))) {
        complete.add(place.partition());
      } else {
        waiting.add(place);
      }
    }
    // Without a place to go on from the consumer would refuse to poll.
    member.seekToBeginning(waiting);
    member.pause(waiting);
    complete.forEach(this::take);
  }

  private Stream<String> topics() {
    return inflows.stream().flatMap(inflow -> inflow.topics().stream());
  }

  private static TopicPartition at(String topic, TopicPartition place) {
    return new TopicPartition(topic, place.partition());
  }

  private void take(int partition) {
    Map<TopicPartition, Inflow> places = new HashMap<>();
    for (Inflow inflow : inflows) {
      inflow.topics().forEach(it -> places.put(new TopicPartition(it, partition), inflow));
    }
    // This waits for transactions that have committed offsets and are not over yet. So what they
    // have put into the ledger is there to be read.
    Map<TopicPartition, OffsetAndMetadata> offsets = member.committed(places.keySet());
    Ledger ledger = ledgers.read(partition);
    Map<TopicPartition, Long> begins = member.beginningOffsets(places.keySet());
    Map<TopicPartition, Long> ends = member.endOffsets(places.keySet());
    List<Input> inputs = new ArrayList<>();
    Map<TopicPartition, Long> from = new HashMap<>();
    places.forEach(
        (place, inflow) -> {
          Optional<Snapshot> snapshot =
              ledger.snapshot(place.topic()).map(json -> snapshot(place, json));
          Optional<Long> known =
              Optional.ofNullable(offsets.get(place))
                  .map(OffsetAndMetadata::offset)
                  .or(() -> snapshot.map(Snapshot::offset));
          long begin = begins.get(place);
          long end = ends.get(place);
          long front = known.filter(it -> begin <= it && it <= end).orElse(begin);
          Instant born =
              snapshot
                  .map(it -> Instant.ofEpochMilli(it.bornMillis()))
                  .orElseGet(station.clocks().wall()::instant);
          Reading reading = new Reading(partition, born, snapshot, station.clocks());
          // No offset behind the begin is committed before its snapshot stands in the ledger.
          if (snapshot.isEmpty() && known.filter(it -> it > begin).isPresent()) {
            reading.purged(forgetful());
          }
          known
              .filter(it -> it != front)
              .ifPresent(it -> reading.purged(lost(place, begin, end, it)));
          member.seek(place, front);
          // No further than is read from: a topic that was created anew may grow past what is
          // known, and its begin would be passed over.
          from.put(place, Math.min(front, known.orElse(front)));
          inputs.add(new Input(place, inflow, reading, front));
        });
    member.resume(places.keySet());
    Owner owner = new Owner(partition, ledger, inputs, station);
    owner.takenFrom(from);
    station.owners().add(owner);
    begin(owner);
  }

  /** Returns what is to be said where the ledger has lost what stood in it. */
  String forgetful() {
    return "the ledger "
        + ledgers.name()
        + " was created anew, or has lost records: of deleted keys, and of replicas without a marker,"
        + " it is not known any more which version they had (replicator backfill --repair in another"
        + " region brings what is newest there)";
  }

  private static String lost(TopicPartition place, long begin, long end, long next) {
    return place
        + " holds offsets "
        + begin
        + " to "
        + end
        + " but the next to settle was "
        + next
        + ": it was purged or created anew";
  }

  /** Waits out what a dead owner may have sent, says who it is, and begins. */
  private void begin(Owner owner) {
    Optional<Ledger.Holder> before = owner.ledger().holder();
    boolean unclean = before.filter(it -> it.held() && !it.name().equals(name)).isPresent();
    // A request may begin as long as a lease lasts, and land as much later as it may take.
    Duration wait =
        unclean ? station.target().lateness().plus(Outlet.LEASE).plus(AGAIN) : Duration.ZERO;
    LOG.info(
        "{}-{}: {} keys are known{}",
        ledgers.name(),
        owner.partition(),
        owner.ledger().size(),
        unclean
            ? "; its last owner died, requests of its may land for " + wait.toSeconds() + " s"
            : "");
    if (wait.isZero()) {
      recognise(owner);
    } else {
      timer.after(wait, () -> recognise(owner));
    }
  }

  private void recognise(Owner owner) {
    if (!owner.isOpen()) {
      station.patience().begun(owner);
      return;
    }
    station
        .guard()
        .begin(owner)
        .thenCompose(right -> station.outlet().write(owner, List.of(holds(true))))
        .whenComplete(
            (held, failure) -> {
              if (failure == null) {
                station.patience().begun(owner);
                owner.open();
              } else if (owner.isOpen()) {
                station.patience().show(owner, Patience.reason(failure));
                timer.after(AGAIN, () -> recognise(owner));
              } else {
                station.patience().begun(owner);
              }
            });
  }

  private Output holds(boolean held) {
    return new Output.Kept(LedgerRecord.holder(new Ledger.Holder(name, held)));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    giveUp(partitions, HANDOVER);
  }

  /** Others may have them already: nothing is written, but what is under way must end. */
  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    station.outlet().setMember(null);
    assigned.removeAll(partitions);
    // What they still want to be durable must not be waited for.
    numbers(partitions).forEach(number -> station.owners().get(number).ifPresent(Owner::leave));
    station
        .owners()
        .stop(numbers(partitions), HANDOVER)
        .forEach(stopped -> station.owners().remove(stopped.owner()));
  }

  /** Lets go of partitions: nothing more is begun, and what is done is written down. */
  void giveUp(Collection<TopicPartition> partitions, Duration patience) {
    station.outlet().setMember(member.groupMetadata());
    assigned.removeAll(partitions);
    List<Owners.Stopped> stopped = station.owners().stop(numbers(partitions), patience);
    List<CompletableFuture<Void>> last = new ArrayList<>();
    for (Owners.Stopped one : stopped) {
      if (one.clean() && one.owner().hasBegun()) {
        last.add(lastWord(one.owner()));
      }
    }
    try {
      CompletableFuture.allOf(last.toArray(CompletableFuture<?>[]::new))
          .get(LAST_WORD.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "{}: partitions were given up without a last word; the next owner waits a little: {}",
          ledgers.name(),
          e.toString());
    } finally {
      stopped.forEach(one -> station.owners().remove(one.owner()));
    }
  }

  /** Everything of the partitions that are in this agent's hands. */
  Collection<TopicPartition> all() {
    return Set.copyOf(assigned);
  }

  private CompletableFuture<Void> lastWord(Owner owner) {
    Map<Input, Snapshot> snapshots = owner.snapshots(true);
    List<Output> outputs = outputs(snapshots);
    outputs.add(holds(false));
    station.own().ifPresent(own -> outputs.add(beat(owner, true)));
    return station
        .outlet()
        .write(owner, outputs)
        .thenCompose(
            durable -> {
              owner.remembered(snapshots);
              return station.outlet().write(owner, List.of());
            })
        .toCompletableFuture();
  }

  /** Has an owner's reading written down where anything is new, and its heartbeat sent. */
  CompletableFuture<Void> checkpoint(Owner owner, boolean idle) {
    Map<Input, Snapshot> snapshots = owner.snapshots(idle);
    List<Output> outputs = outputs(snapshots);
    if (idle) {
      outputs.add(holds(true)); // the topic forgets what is old
      owner
          .ledger()
          .identity()
          .ifPresent(it -> outputs.add(new Output.Kept(LedgerRecord.identity(it))));
    }
    station.own().ifPresent(own -> outputs.add(beat(owner, false)));
    return station
        .outlet()
        .write(owner, outputs)
        .thenRun(() -> owner.remembered(snapshots))
        .toCompletableFuture();
  }

  private Output beat(Owner owner, boolean closing) {
    return new Output.Beat(
        station.clocks().wall().instant(), owner.hints().reading().upTo(), closing);
  }

  private static List<Output> outputs(Map<Input, Snapshot> snapshots) {
    List<Output> outputs = new ArrayList<>();
    snapshots.forEach(
        (input, snapshot) ->
            outputs.add(
                new Output.Kept(LedgerRecord.snapshot(input.place().topic(), snapshot.toJson()))));
    return outputs;
  }

  private Snapshot snapshot(TopicPartition place, String json) {
    try {
      Snapshot snapshot = Snapshot.parse(json);
      if (snapshot.format() > Snapshot.FORMAT) {
        throw new ReplicationException(
            ReplicationException.Kind.NEWER,
            "%s-%d holds a snapshot of %s of format %d, this agent reads up to %d"
                .formatted(
                    ledgers.name(),
                    place.partition(),
                    place.topic(),
                    snapshot.format(),
                    Snapshot.FORMAT),
            "upgrade this agent; nothing is lost meanwhile",
            null);
      }
      return snapshot;
    } catch (IllegalArgumentException e) {
      throw new KafkaException(
          "topic " + ledgers.name() + " holds a snapshot that is none: " + e.getMessage(), e);
    }
  }

  private static Set<Integer> numbers(Collection<TopicPartition> partitions) {
    Set<Integer> numbers = new HashSet<>();
    partitions.forEach(place -> numbers.add(place.partition()));
    return numbers;
  }
}
