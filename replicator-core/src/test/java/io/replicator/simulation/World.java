package io.replicator.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.reading.Bounds;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A world of two regions in one thread, ruled by one seed: either users of one send to a queue that
 * is replicated to the other, or users of both write to a store that keeps versions. Every process
 * dies again and again, between any two steps and within them; then all is healed, and must come to
 * rest as promised.
 */
final class World {
  static final Duration LONGEST_OUTAGE = Duration.ofSeconds(70);

  private static final Region EAST = new Region("east");
  private static final Region WEST = new Region("west");
  private static final Duration WRITING = Duration.ofSeconds(30);
  private static final Duration TROUBLE = Duration.ofSeconds(60);
  private static final Duration PARK_AFTER = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Clockwork clockwork;
  private final Faults faults;
  private final boolean calm;
  private final Trace trace;
  private final Wiring wiring;
  private final Map<Region, Cluster> clusters = new TreeMap<>();
  private final List<Road> roads = new ArrayList<>();
  private final List<Outages> outages = new ArrayList<>();
  private final List<SickKeys> sicks = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final List<MemoryStore.Merging> stores = new ArrayList<>();
  private int writes;

  World(long seed, Breach breach, boolean traced) {
    trace = new Trace(traced);
    clockwork = new Clockwork(seed, trace);
    calm = seed % 10 == 0;
    faults = new Faults(calm ? 0 : clockwork.random().nextDouble());
    wiring = new Wiring(breach);
    for (Region region : List.of(EAST, WEST)) {
      Cluster cluster = new Cluster(region, clockwork);
      clusters.put(region, cluster);
      outages.add(cluster.outages());
    }
    for (int i = 1 + clockwork.below(5); i > 0; i--) {
      keys.add("k" + i);
    }
    if (seed % 2 == 0) {
      queue();
    } else {
      stores();
    }
  }

  private void queue() {
    UserQueue queue = new UserQueue(clockwork, faults);
    MemoryStore[] target = new MemoryStore[1];
    SickKeys sick = sick();
    OnFailure onFailure = onFailure();
    Witness witness = new Witness(change -> target[0].holds(change), sick, onFailure);
    target[0] = new MemoryStore.Appending(witness);
    road(
        "sqs/orders@east",
        WEST,
        onFailure,
        new Setting.Ends(queue::door, true, target[0], outage(), sick, witness));
    users(
        () -> {
          Change change = change(EAST, 0);
          witness.accepted(change);
          queue.send(change);
        });
  }

  private void stores() {
    MemoryStore.Merging east = new MemoryStore.Merging();
    MemoryStore.Merging west = new MemoryStore.Merging();
    stores.addAll(List.of(east, west));
    store(EAST, WEST, east, west);
    store(WEST, EAST, west, east);
  }

  private void store(Region origin, Region here, MemoryStore there, MemoryStore target) {
    UserLog log = new UserLog(clockwork);
    SickKeys sick = sick();
    OnFailure onFailure = onFailure();
    Witness witness = new Witness(target::holds, sick, onFailure);
    long skew = clockwork.below(4_000);
    road(
        "cassandra/users@" + origin,
        here,
        onFailure,
        new Setting.Ends(log::door, false, target, outage(), sick, witness));
    users(
        () -> {
          Change change = change(origin, skew);
          witness.accepted(change);
          there.write(change);
          log.add(change);
        });
  }

  private Outages outage() {
    Outages outage = new Outages(clockwork);
    outages.add(outage);
    return outage;
  }

  private SickKeys sick() {
    SickKeys sick = new SickKeys(clockwork);
    sicks.add(sick);
    return sick;
  }

  /** What fails is parked soon, as a rule: the trouble does not last as long as the default. */
  private OnFailure onFailure() {
    double dice = clockwork.random().nextDouble();
    if (dice < .15) {
      return OnFailure.DEFAULT;
    }
    return dice < .7
        ? new OnFailure.Retry(clockwork.upTo(PARK_AFTER))
        : new OnFailure.DeadLetter(1 + clockwork.below(6), clockwork.upTo(TROUBLE));
  }

  /** Little room now and then, but always enough for the places of all that may be parked. */
  private long room() {
    return clockwork.chance(.2) ? 10_000 + clockwork.below(40_000) : 24L << 20;
  }

  private void road(String name, Region here, OnFailure onFailure, Setting.Ends ends) {
    Flow flow = Flow.parse(name);
    Road road =
        new Road(
            new Setting(
                flow,
                here,
                1 + clockwork.below(3),
                new Bounds(1 + clockwork.below(8), room(), 1_000),
                onFailure,
                clusters.get(flow.origin()),
                clusters.get(here),
                ends,
                clockwork,
                faults,
                wiring));
    roads.add(road);
  }

  private Change change(Region origin, long skew) {
    Instant now = clockwork.instant();
    String id = origin + "-" + writes++;
    boolean poison = stores.isEmpty() && clockwork.chance(.03);
    return new Change(
        id,
        clockwork.pick(keys),
        Change.Kind.UPSERT,
        now,
        Optional.of(new Version(now.toEpochMilli() + skew, writes, origin)),
        Optional.empty(),
        new TreeMap<>(),
        poison ? StoreEnd.POISON : ("content of " + id).getBytes(UTF_8));
  }

  /** Has users write now and then, and some at once. */
  private void users(Runnable write) {
    for (int i = 5 + clockwork.below(30); i > 0; i--) {
      clockwork.after(
          clockwork.upTo(WRITING),
          () -> {
            for (int burst = clockwork.chance(.2) ? 6 : 1; burst > 0; burst--) {
              write.run();
            }
          });
    }
  }

  /**
   * Lives through the seed's life, or until something goes wrong; returns what did, or nothing.
   *
   * @param wanted the promises that are looked at
   */
  Optional<Fault> live(Set<Fault.Kind> wanted) {
    roads.forEach(Road::start);
    clockwork.watch(this::watch);
    if (!calm) {
      outages.forEach(this::trouble);
    }
    sicks.forEach(this::sicken);
    Optional<Fault> fault = Optional.empty();
    while (clockwork.nanos() < TROUBLE.toNanos() && fault.isEmpty()) {
      fault = step(wanted);
    }
    faults.heal();
    outages.forEach(Outages::heal);
    sicks.forEach(SickKeys::heal);
    return fault.or(() -> rest(wanted));
  }

  private void trouble(Outages one) {
    while (clockwork.chance(.4)) {
      Duration length = clockwork.chance(.9) ? Duration.ofSeconds(4) : LONGEST_OUTAGE;
      clockwork.after(clockwork.upTo(TROUBLE), () -> one.begin(clockwork.upTo(length)));
    }
  }

  /** What is refused alone can be told from an outage only while others pass: it is healed. */
  private void sicken(SickKeys sick) {
    for (String key : keys) {
      if (!clockwork.chance(.5)) {
        continue;
      }
      boolean forGood = clockwork.chance(.2);
      Kind kind =
          clockwork.pick(
              forGood
                  ? List.of(Kind.TRANSIENT, Kind.SCHEMA)
                  : List.of(Kind.TRANSIENT, Kind.TRANSIENT, Kind.SCHEMA, Kind.BLOCKED));
      Optional<Duration> time = forGood ? Optional.empty() : Optional.of(clockwork.upTo(TROUBLE));
      clockwork.after(clockwork.upTo(WRITING), () -> sick.begin(key, kind, time));
    }
  }

  /** Goes on until all is at rest, or ought to be. */
  private Optional<Fault> rest(Set<Fault.Kind> wanted) {
    long end = clockwork.nanos() + PATIENCE.toNanos();
    Optional<Fault> unrest = unrest();
    for (long look = clockwork.nanos(); unrest.isPresent() && look < end; look += LOOK.toNanos()) {
      while (clockwork.nanos() < look) {
        Optional<Fault> fault = step(wanted);
        if (fault.isPresent()) {
          return fault;
        }
      }
      unrest = unrest();
    }
    return unrest.or(this::difference).filter(fault -> wanted.contains(fault.kind()));
  }

  /** What is done may be ended in parking a moment later, so that the sums belong to the rest. */
  private Optional<Fault> unrest() {
    return roads.stream()
        .flatMap(road -> road.unrest().or(() -> road.misreckoning(calm)).stream())
        .findFirst();
  }

  private Optional<Fault> difference() {
    List<String> told = keys.stream().filter(this::reachesAll).toList();
    return stores.stream().map(store -> store.contents(told)).distinct().count() > 1
        ? Optional.of(new Fault(Fault.Kind.DIFFERENT, "the regions differ: " + stores))
        : Optional.empty();
  }

  private boolean reachesAll(String key) {
    return sicks.stream().noneMatch(sick -> sick.isForGood(key))
        && roads.stream().noneMatch(road -> road.witness().isSetAside(key));
  }

  private Optional<Fault> step(Set<Fault.Kind> wanted) {
    clockwork.step();
    return roads.stream().flatMap(road -> road.witness().fault(wanted).stream()).findFirst();
  }

  /** Looks at all, and lets chance strike. */
  private void watch() {
    roads.forEach(Road::look);
    if (clockwork.chance(faults.suddenDeath())) {
      List<Life> lives = roads.stream().flatMap(road -> road.lives().stream()).toList();
      for (int i = 1 + clockwork.below(2); i > 0 && !lives.isEmpty(); i--) {
        clockwork.pick(lives).end();
      }
    }
    if (clockwork.chance(faults.restart())) {
      clockwork.pick(roads).restart();
    }
    if (clockwork.chance(faults.pause())) {
      clockwork.pick(roads).pause();
    }
  }

  /** Returns what happened last. */
  Trace trace() {
    return trace;
  }
}
