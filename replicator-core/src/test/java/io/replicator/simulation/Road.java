package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.TopicNames;
import io.replicator.model.Change;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A road is one flow from the users' writes to its target, with the production's stations in
 * processes that die, or are stopped, and are started again.
 */
final class Road {
  private static final Duration REPLAY = Duration.ofSeconds(20);

  private final Setting setting;
  private final String topic;
  private final String deadLetters;
  private final Clockwork clockwork;
  private final Witness witness;
  private final Courier courier;
  private final Map<String, Life> lives = new TreeMap<>();
  private final Map<String, CapturingStation> capturing = new TreeMap<>();
  private final Map<String, ApplyingStation> applying = new TreeMap<>();
  private final Map<String, Set<Integer>> spoken = new HashMap<>();
  private final List<CapturingStation> captured = new ArrayList<>();
  private final List<ApplyingStation> applied = new ArrayList<>();

  Road(Setting setting) {
    this.setting = setting;
    this.topic = setting.topic();
    this.deadLetters = setting.deadLetters();
    this.clockwork = setting.clockwork();
    this.witness = setting.ends().witness();
    Cluster origin = setting.origin();
    Cluster local = setting.local();
    origin.create(topic, setting.partitions());
    local.create(topic, setting.partitions());
    local.create(TopicNames.applied(setting.here(), setting.flow()), setting.partitions());
    local.create(setting.parking(), setting.partitions());
    local.create(deadLetters, 1);
    origin.show(this::written);
    local.show(this::written);
    courier = new Courier(topic, origin, local, clockwork, setting.faults());
  }

  /** Starts all processes of the road. */
  void start() {
    for (int i = setting.ends().manyReaders() ? 1 + clockwork.below(2) : 1; i > 0; i--) {
      start("capture" + i, this::capture);
    }
    for (int i = 1 + clockwork.below(2); i > 0; i--) {
      start("apply" + i, this::apply);
    }
    start("mirror", courier::start);
  }

  private void start(String process, Consumer<Life> begin) {
    clockwork.after(Duration.ZERO, () -> begin(process, 1, begin));
  }

  private void begin(String process, int number, Consumer<Life> begin) {
    Life life = new Life(setting.flow(), process, number, clockwork, setting.faults());
    lives.put(process, life);
    life.whenOver(() -> clockwork.after(rest(), () -> begin(process, number + 1, begin)));
    clockwork.say(() -> life + " is born");
    begin.accept(life);
  }

  private Duration rest() {
    return clockwork.upTo(Duration.ofSeconds(clockwork.chance(.8) ? 2 : 45));
  }

  private void capture(Life life) {
    String name =
        setting.ends().manyReaders() ? life.process() + "." + life.number() : life.process();
    List<Written> before =
        captured.stream().flatMap(earlier -> earlier.written().stream()).toList();
    CapturingStation station = new CapturingStation(name, life, setting, before);
    capturing.put(life.process(), station);
    captured.add(station);
    station
        .capture()
        .start(
            setting
                .wiring()
                .door(setting.ends().source().door(life, change -> delivered(name, change))));
  }

  private void apply(Life life) {
    ApplyingStation station =
        new ApplyingStation(
            life,
            setting,
            () -> captured.stream().flatMap(it -> it.tails().stream()).toList(),
            this::end);
    applying.put(life.process(), station);
    applied.add(station);
    station.start();
  }

  private void delivered(String capture, Change change) {
    clockwork.say(() -> capture + " is delivered " + change.id());
    witness.delivered(
        change,
        !setting.ends().manyReaders()
            || spoken.getOrDefault(capture, Set.of()).size() == setting.partitions());
  }

  /** Takes note of what was written in one of the regions. */
  private void written(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null
        && record.topic().equals(topic)
        && WireFormat.decode(record.headers(), null, record.value()) instanceof Decoded.Beat beat
        && beat.heartbeat().upTo().isPresent()) {
      spoken
          .computeIfAbsent(
              Stamp.capture(beat.heartbeat().last().incarnation()), any -> new HashSet<>())
          .add(record.partition());
    }
    if (record.topic().equals(deadLetters)) {
      witness.deadLetter(id(record));
      if (clockwork.chance(.3)) {
        clockwork.after(clockwork.upTo(REPLAY), () -> replay(record));
      }
    }
    if (record.topic().equals(setting.parking())) {
      String place = new String(record.key(), UTF_8);
      if (record.value() == null) {
        witness.ended(place);
      } else {
        witness.parked(place, id(record));
      }
    }
  }

  private static String id(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.headers().lastHeader("ce_id").value(), UTF_8);
  }

  /** Has a dead letter tried again, as an operator does. */
  private void replay(ConsumerRecord<byte[], byte[]> letter) {
    if (setting.local().isDown()) {
      return;
    }
    witness.replayed(id(letter));
    Parked parked =
        Parked.of(
            Parked.DEAD_LETTER + letter.partition() + "/" + letter.offset(),
            letter.key(),
            letter.value(),
            DeadLetter.original(letter.headers()),
            new Parked.Failure("replayed", 0, clockwork.instant(), Optional.empty()));
    setting
        .local()
        .append(
            new TopicPartition(setting.parking(), DeadLetter.read(letter.headers()).partition()),
            parked.recordKey(),
            parked.recordValue(),
            parked.recordHeaders());
  }

  /** Ends a change in parking, wherever it waits there. */
  private void end(Change change) {
    for (String place : witness.placesOf(change.id(), topic)) {
      int begin = topic.length() + 1;
      int partition = Integer.parseInt(place.substring(begin, place.indexOf('/', begin)));
      setting
          .local()
          .append(
              new TopicPartition(setting.parking(), partition),
              place.getBytes(UTF_8),
              null,
              Parked.ending(change.key().getBytes(UTF_8)));
    }
  }

  /**
   * Looks whether replicated-up-to is true at this moment, if it is told: each agent tells that of
   * the partitions in its hands. Nothing is ever lost here, so nobody may miss a change.
   */
  void look() {
    Instant least = Instant.MAX;
    for (ApplyingStation station : applying.values()) {
      if (!station.life().isOver() && station.partitions() > 0) {
        if (station.missing() > 0) {
          witness.accuse(Fault.Kind.ALARMED, station.life() + " misses what is on its way");
        }
        Instant told = station.upTo().orElse(Instant.MIN);
        least = told.isBefore(least) ? told : least;
      }
    }
    if (partitionsInHands() == setting.partitions()) {
      witness.upTo(least);
    }
  }

  private int partitionsInHands() {
    return applying.values().stream()
        .filter(station -> !station.life().isOver())
        .mapToInt(ApplyingStation::partitions)
        .sum();
  }

  /** Has a station stopped in order. */
  void restart() {
    Station station = pick();
    if (station != null) {
      clockwork.after(
          Duration.ZERO,
          station.life(),
          () -> {
            clockwork.say(() -> station.life() + " is stopped");
            station.stop();
          });
    }
  }

  /** Has a station paused for a while. */
  void pause() {
    Station station = pick();
    if (station != null) {
      Station.pause(station, clockwork);
    }
  }

  private Station pick() {
    List<Station> stations = stations();
    return stations.isEmpty() ? null : clockwork.pick(stations);
  }

  private List<Station> stations() {
    List<Station> stations = new ArrayList<>(capturing.values());
    stations.addAll(applying.values());
    stations.removeIf(station -> station.life().isOver());
    return stations;
  }

  List<Life> lives() {
    return lives.values().stream().filter(life -> !life.isOver()).toList();
  }

  Witness witness() {
    return witness;
  }

  /** Returns what there is still to be done, or why nobody would see that nothing is. */
  Optional<Fault> unrest() {
    List<String> missing = witness.missing();
    if (!missing.isEmpty()) {
      return fault(Fault.Kind.LOST, "never applied: " + missing);
    }
    List<String> forgotten = witness.forgotten();
    if (!forgotten.isEmpty()) {
      return fault(Fault.Kind.ALARMED, "waits in parking for nothing: " + forgotten);
    }
    if (partitionsInHands() != setting.partitions()) {
      return fault(Fault.Kind.ALARMED, "partitions are in nobody's hands");
    }
    long known =
        applying.values().stream()
            .filter(station -> !station.life().isOver())
            .mapToLong(ApplyingStation::parked)
            .sum();
    return known == witness.parked().size()
        ? stations().stream().flatMap(station -> station.unrest().stream()).findFirst()
        : fault(Fault.Kind.MISRECKONED, known + " are known to wait of " + witness.parked());
  }

  /** Returns what is wrong with the sums at the end. */
  Optional<Fault> misreckoning(boolean calm) {
    long repeats = witness.repeats();
    long ended = applied.stream().filter(station -> station.life().isOver()).count();
    long most = ended * setting.bounds().active();
    if (repeats > most) {
      return fault(Fault.Kind.REPEATED, repeats + " were applied twice, " + most + " may be");
    }
    long in = captured.stream().mapToLong(CapturingStation::captured).sum();
    long out = applied.stream().mapToLong(ApplyingStation::done).sum();
    long letters = applied.stream().mapToLong(ApplyingStation::deadLettered).sum();
    if (calm ? letters != witness.letters() : letters > witness.letters()) {
      return fault(Fault.Kind.MISRECKONED, letters + " dead letters, written " + witness.letters());
    }
    int waiting = witness.parked().size();
    return calm && in + witness.replays() != out + waiting
        ? fault(
            Fault.Kind.MISRECKONED,
            "captured "
                + in
                + ", replayed "
                + witness.replays()
                + ", applied or set aside "
                + out
                + ", parked "
                + waiting)
        : Optional.empty();
  }

  private Optional<Fault> fault(Fault.Kind kind, String what) {
    return Optional.of(new Fault(kind, setting.flow() + ": " + what));
  }
}
