package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.apply.SteppedApply;
import io.replicator.capture.Capture;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.reading.Bounds;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A road is one flow from the users' writes to its target, with the production's stations in
 * processes that die and are started again.
 */
final class Road {
  private static final Duration TURN = Duration.ofMillis(200);
  private static final Duration RETENTION = Duration.ofDays(14);

  /** Where users write. */
  interface Source {
    /** Returns the door through which a process reads; {@code delivered} is told what it reads. */
    Door.Changes door(Life life, Consumer<Change> delivered);
  }

  /** What a road leads from and to. */
  record Ends(
      Source source,
      boolean manyReaders,
      MemoryStore target,
      Outages targetOutages,
      Witness witness) {}

  private record Capturing(
      Life life, Capture capture, AtomicLong durable, Figures figures, Conditions conditions) {}

  private record Applying(
      Life life, SteppedApply station, Figures figures, Conditions conditions) {}

  private final Flow flow;
  private final Region here;
  private final Cluster origin;
  private final Cluster local;
  private final Ends ends;
  private final int partitions;
  private final Bounds bounds;
  private final Clockwork clockwork;
  private final Faults faults;
  private final Wiring wiring;
  private final Courier courier;
  private final Map<String, Life> lives = new TreeMap<>();
  private final Map<String, Capturing> capturing = new TreeMap<>();
  private final List<Figures> captured = new ArrayList<>();
  private final List<Figures> applied = new ArrayList<>();
  private final Map<String, Set<Integer>> spoken = new HashMap<>();
  private Applying applying;
  private long read;
  private int begun;
  private int applyDeaths;

  Road(
      Flow flow,
      Region here,
      Cluster origin,
      Cluster local,
      Ends ends,
      Clockwork clockwork,
      Faults faults,
      Wiring wiring) {
    this.flow = flow;
    this.here = here;
    this.origin = origin;
    this.local = local;
    this.ends = ends;
    this.clockwork = clockwork;
    this.faults = faults;
    this.wiring = wiring;
    this.partitions = 1 + clockwork.below(3);
    this.bounds = new Bounds(1 + clockwork.below(8), 24L << 20, 1_000);
    String changes = TopicNames.changes(flow);
    this.courier = new Courier(changes, origin, local, clockwork, faults);
    origin.create(changes, partitions);
    local.create(changes, partitions);
    local.create(TopicNames.applied(here, flow), partitions);
    local.create(deadLetters(), 1);
    origin.show(this::written);
    local.show(this::written);
  }

  private String deadLetters() {
    return TopicNames.deadLetters(here) + "." + flow.resource().name();
  }

  /** Starts all processes of the road. */
  void start() {
    int captures = ends.manyReaders() ? 1 + clockwork.below(2) : 1;
    for (int i = 0; i < captures; i++) {
      String name = "capture" + i;
      clockwork.after(Duration.ZERO, () -> begin(name, life -> capture(name, life)));
    }
    clockwork.after(Duration.ZERO, () -> begin("mirror", courier::start));
    clockwork.after(Duration.ZERO, () -> begin("apply", this::apply));
  }

  private void begin(String process, Consumer<Life> start) {
    Life life = new Life(flow + " " + process + " " + ++begun, clockwork, faults);
    lives.put(process, life);
    life.whenOver(() -> clockwork.after(rest(), () -> begin(process, start)));
    clockwork.say(() -> life + " is born");
    start.accept(life);
  }

  private Duration rest() {
    return clockwork.upTo(Duration.ofSeconds(clockwork.chance(.8) ? 2 : 45));
  }

  private Timer timer(Life life) {
    return new Timer(
        new TimedExecutor(clockwork, life),
        task -> clockwork.after(Duration.ZERO, life, task),
        clockwork.random());
  }

  private void capture(String process, Life life) {
    Figures figures = new Figures(clockwork);
    Conditions conditions = new Conditions(life.toString());
    AtomicLong durable = new AtomicLong();
    String name = ends.manyReaders() ? "c" + begun : "node";
    Capture capture =
        new Capture(
            name,
            flow,
            TopicNames.changes(flow),
            partitions,
            () -> "topic",
            OptionalLong.empty(),
            Capture.MOST_PENDING_BYTES,
            new KafkaClients(
                Map.of(),
                "capture",
                wiring.capturing(origin, clockwork, life, faults, durable::incrementAndGet)),
            timer(life),
            clockwork,
            figures,
            conditions);
    capturing.put(process, new Capturing(life, capture, durable, figures, conditions));
    captured.add(figures);
    capture.start(wiring.door(ends.source().door(life, change -> delivered(name, change))));
  }

  private void delivered(String capture, Change change) {
    ends.witness().delivered(change, isSpoken(capture));
    clockwork.say(() -> flow + " " + capture + ": delivered " + change.id());
  }

  private boolean isSpoken(String capture) {
    return !ends.manyReaders() || spoken.getOrDefault(capture, Set.of()).size() == partitions;
  }

  private void apply(Life life) {
    life.whenOver(() -> applyDeaths++);
    read = 0;
    Figures figures = new Figures(clockwork);
    Conditions conditions = new Conditions(life.toString());
    KafkaClients kafka =
        new KafkaClients(
            Map.of(), "agent", wiring.applying(local, clockwork, life, faults, new Arrivals()));
    var producer = kafka.producer("local");
    Apply apply =
        new Apply(
            flow,
            here,
            wiring.end(
                new StoreEnd(
                    ends.target(), ends.targetOutages(), ends.witness(), clockwork, life, faults)),
            kafka,
            producer,
            new DeadLetters(deadLetters(), producer, clockwork),
            timer(life),
            clockwork,
            RETENTION,
            bounds,
            figures,
            conditions);
    applying = new Applying(life, new SteppedApply(apply), figures, conditions);
    applied.add(figures);
    turn(applying);
  }

  private void turn(Applying one) {
    Duration rest = one.station().turn();
    clockwork.after(rest.isZero() ? clockwork.upTo(TURN) : rest, one.life(), () -> turn(one));
  }

  private final class Arrivals implements Wiring.Arrivals {
    @Override
    public void read() {
      read++;
    }

    @Override
    public void remembered(String line) {
      if (line.startsWith("A ")) {
        ends.witness().remembered(line.split(" ", 4)[3]);
      }
    }
  }

  /** Takes note of what was written in one of the regions. */
  private void written(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null
        && record.topic().equals(TopicNames.changes(flow))
        && WireFormat.decode(record.headers(), null, record.value()) instanceof Decoded.Beat beat
        && beat.heartbeat().upTo().isPresent()) {
      spoken
          .computeIfAbsent(
              Stamp.capture(beat.heartbeat().last().incarnation()), any -> new HashSet<>())
          .add(record.partition());
    }
    if (record.topic().equals(deadLetters())) {
      ends.witness().deadLetter(new String(record.headers().lastHeader("ce_id").value(), UTF_8));
    }
  }

  /** Looks whether replicated-up-to is true at this moment. */
  void look() {
    if (applying != null && !applying.life().isOver()) {
      applying.station().apply().replicatedUpTo().ifPresent(ends.witness()::upTo);
    }
  }

  List<Life> lives() {
    return lives.values().stream().filter(life -> !life.isOver()).toList();
  }

  Witness witness() {
    return ends.witness();
  }

  /** Returns what there is still to be done, or why nobody would see that nothing is. */
  Optional<Fault> unrest() {
    List<String> missing = ends.witness().missing();
    if (!missing.isEmpty()) {
      return fault(Fault.Kind.LOST, "never applied: " + missing);
    }
    if (applying == null || applying.life().isOver()) {
      return fault(Fault.Kind.ALARMED, "nobody applies");
    }
    Optional<Instant> upTo = applying.station().apply().replicatedUpTo();
    if (upTo.filter(ends.witness().last()::isBefore).isEmpty()) {
      return fault(Fault.Kind.ALARMED, "replicated-up-to stays at " + upTo);
    }
    if (done(applying.figures()) != read) {
      return fault(
          Fault.Kind.MISRECKONED, read + " were read, " + done(applying.figures()) + " done");
    }
    for (Capturing one : capturing.values()) {
      long captured = one.figures().capturedCount();
      if (one.capture().pendingCount() > 0 || captured != one.durable().get()) {
        return fault(Fault.Kind.MISRECKONED, one.durable() + " were durable, captured " + captured);
      }
      if (!isRunning(one.conditions())) {
        return fault(Fault.Kind.ALARMED, one.conditions().present().toString());
      }
    }
    return isRunning(applying.conditions())
        ? Optional.empty()
        : fault(Fault.Kind.ALARMED, applying.conditions().present().toString());
  }

  private Optional<Fault> fault(Fault.Kind kind, String what) {
    return Optional.of(new Fault(kind, flow + ": " + what));
  }

  private static boolean isRunning(Conditions conditions) {
    return conditions.present().reason().isEmpty();
  }

  private static long done(Figures figures) {
    return figures.appliedCount()
        + figures.duplicateCount()
        + figures.supersededCount()
        + figures.deadLetteredCount();
  }

  /** Returns what is wrong with the sums at the end. */
  Optional<Fault> misreckoning(boolean calm) {
    long repeats = ends.witness().repeats();
    long most = (long) applyDeaths * bounds.active();
    if (repeats > most) {
      return fault(Fault.Kind.REPEATED, repeats + " were applied twice, " + most + " may be");
    }
    long in = captured.stream().mapToLong(Figures::capturedCount).sum();
    long out = applied.stream().mapToLong(Road::done).sum();
    return calm && in != out
        ? fault(Fault.Kind.MISRECKONED, "captured " + in + ", applied or set aside " + out)
        : Optional.empty();
  }
}
