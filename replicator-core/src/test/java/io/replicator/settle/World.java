package io.replicator.settle;

import io.replicator.ledger.LedgerEntry;
import io.replicator.model.Change.Kind;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.Seen;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A world of regions in one thread, ruled by one seed, in which the production's settlements meet
 * users, notifications that repeat and come in any order, owners that die between any two steps,
 * requests that land after their sender's death, clocks that disagree, clients that copy objects
 * with their metadata, and a bucket that is emptied without a word and rebuilt.
 *
 * <p>The same world as the executable model of the design, which was written first, in Python.
 */
final class World {
  /** A rule without which some seed must fail. */
  enum Rule {
    /** The intent of a delete is durable before the store is touched. */
    INTENT,
    /** A replica is known by its marker. */
    MARKER,
    /** A marker counts only on the key and the content that it was made for. */
    BINDING,
    /** A local write's version is always after the one it was written over. */
    CLOCK,
    /** The store changes a key only if it shows what is expected. */
    CONDITION,
    /** Publication and ledger are one transaction. */
    TRANSACTION,
    /** A successor waits until the requests of a dead owner have landed or never will. */
    WAIT,
    /** A bucket that is not the one the ledger knows stops the flow. */
    IDENTITY,
    /** A region whose bucket was lost is sent every key again, with the version it has. */
    REPAIR,
    /** It is so only after its peers have applied all that it had shipped. */
    DRAINED
  }

  /** User metadata that a replica carries, and clients copy. */
  private record Marker(String key, String content, Version version) {}

  private record Stored(String content, long modified, Optional<Marker> marker) {}

  private record Told(String key, Publication publication) {}

  private record Request(String key, Optional<Told> put, Optional<String> expected) {}

  private record Put(Region region, String key, String content) {}

  /** An owner at work: on a hint if {@code from} is empty, else on what that region tells. */
  private static final class Work {
    final Settlement settlement;
    final String key;
    final Optional<Region> from;
    final Optional<Told> told;
    Step next;
    boolean sent;

    Work(Settlement settlement, String key, Optional<Region> from, Optional<Told> told) {
      this.settlement = settlement;
      this.key = key;
      this.from = from;
      this.told = told;
      this.next = settlement.begin();
    }
  }

  private final class Place {
    final Region region;
    final long skew;
    final Map<String, Stored> store = new TreeMap<>();
    final Map<String, LedgerEntry> ledger = new TreeMap<>();
    final List<Hint> notifications = new ArrayList<>();
    final List<Hint> hints = new ArrayList<>();
    final List<Told> changes = new ArrayList<>();
    final Map<Region, Integer> changesRead = new TreeMap<>();
    final List<Request> late = new ArrayList<>();
    int hintsRead;
    Work work;
    boolean halted;

    Place(Region region, long skew) {
      this.region = region;
      this.skew = skew;
    }

    long now() {
      return ticks / 10 + skew;
    }

    void notify(String key, Hint.Kind kind) {
      Hint hint = new Hint(key, kind, Instant.ofEpochSecond(now()));
      for (int i = chance(.1) ? 2 : 1; i > 0; i--) {
        notifications.add(hint);
      }
    }

    void userPut(String key, String content, Optional<Marker> marker) {
      userPuts.add(new Put(region, key, content));
      put(key, content, marker);
    }

    void userDelete(String key) {
      userDeletes += store.containsKey(key) ? 1 : 0;
      delete(key);
    }

    void put(String key, String content, Optional<Marker> marker) {
      store.put(key, new Stored(content, now(), marker));
      notify(key, Hint.Kind.WRITTEN);
    }

    void delete(String key) {
      if (store.remove(key) != null) {
        notify(key, Hint.Kind.REMOVED);
      }
    }

    Optional<String> content(String key) {
      return Optional.ofNullable(store.get(key)).map(Stored::content);
    }

    /** What the store does with a conditional request, whoever still listens. */
    boolean land(Request request) {
      Optional<String> there = content(request.key());
      if (!there.equals(request.expected()) && broken != Rule.CONDITION) {
        return false;
      }
      Optional<String> known =
          Optional.ofNullable(ledger.get(request.key())).flatMap(LedgerEntry::fingerprint);
      if (there.isPresent() && !there.equals(known)) {
        unseen.add(region + ": " + request.key() + " " + there.get());
      }
      if (request.put().isPresent()) {
        Publication change = request.put().get().publication();
        String content = change.fingerprint().orElseThrow();
        Marker marker = new Marker(request.key(), content, change.version());
        put(request.key(), content, Optional.of(marker).filter(it -> !isUnmarkable(it.key())));
      } else {
        delete(request.key());
      }
      return true;
    }

    Optional<Seen> look(String key) {
      return Optional.ofNullable(store.get(key))
          .map(there -> new Seen(there.content(), there.modified(), replicaOf(key, there)));
    }

    private Optional<Version> replicaOf(String key, Stored there) {
      if (broken == Rule.MARKER) {
        return Optional.empty();
      }
      return there
          .marker()
          .filter(
              marker ->
                  broken == Rule.BINDING
                      || (marker.key().equals(key) && marker.content().equals(there.content())))
          .map(Marker::version);
    }

    void crash() {
      Work dead = work;
      work = null;
      if (dead != null && dead.sent && chance(.5)) {
        Request request = request(dead);
        if (broken == Rule.WAIT) {
          late.add(request); // lands when a successor is at work
        } else {
          land(request);
        }
      }
    }

    private Request request(Work of) {
      return of.next instanceof Step.Put put
          ? new Request(of.key, of.told, put.expected())
          : new Request(of.key, Optional.empty(), Optional.of(((Step.Delete) of.next).expected()));
    }

    boolean begin() {
      List<Optional<Region>> inputs = new ArrayList<>();
      if (hintsRead < hints.size()) {
        inputs.add(Optional.empty());
      }
      for (Place other : places.values()) {
        if (other != this && changesRead.get(other.region) < other.changes.size()) {
          inputs.add(Optional.of(other.region));
        }
      }
      if (inputs.isEmpty()) {
        return false;
      }
      Optional<Region> from = pick(inputs);
      work = from.isPresent() ? arrival(from.get()) : hint(hints.get(hintsRead));
      return true;
    }

    private Work hint(Hint hint) {
      Settlement settlement =
          Settlement.of(region, terms, Optional.ofNullable(ledger.get(hint.key())), hint);
      return new Work(settlement, hint.key(), Optional.empty(), Optional.empty());
    }

    private Work arrival(Region from) {
      Told told = places.get(from).changes.get(changesRead.get(from));
      Publication change = told.publication();
      Settlement settlement =
          Settlement.of(
              region,
              terms,
              Optional.ofNullable(ledger.get(told.key())),
              new Arrival(
                  change.kind(),
                  change.version(),
                  change.base(),
                  change.repair(),
                  change.fingerprint().filter(content -> isUnmarkable(told.key()))));
      return new Work(settlement, told.key(), Optional.of(from), Optional.of(told));
    }

    /** Does the owner's next step. */
    void proceed() {
      Settlement settlement = work.settlement;
      if (work.next instanceof Step.Look) {
        work.next = settlement.looked(look(work.key));
      } else if (work.next instanceof Step.Commit commit) {
        work.next =
            commit(commit) ? settlement.committed() : new Step.Commit(NOTHING, commit.entry());
      } else if (work.next instanceof Step.Publish publish) {
        if (broken != Rule.REPAIR) {
          changes.add(new Told(work.key, publish.publication()));
        }
        work.next = settlement.committed();
      } else if (work.next instanceof Step.Done) {
        finish();
      } else if (!work.sent) {
        work.sent = true; // under way: it may land though its sender dies
      } else {
        work.sent = false;
        boolean carriedOut = land(request(work));
        work.next = answer(settlement, carriedOut);
      }
    }

    private Step answer(Settlement settlement, boolean carriedOut) {
      if (!carriedOut) {
        return settlement.refused();
      }
      return work.next instanceof Step.Put
          ? settlement.written(work.told.orElseThrow().publication().fingerprint().orElseThrow())
          : settlement.removed();
    }

    /** Returns false if only the publication is durable yet: where there are no transactions. */
    private boolean commit(Step.Commit commit) {
      commit.publication().ifPresent(it -> changes.add(new Told(work.key, skewed(it))));
      if (broken == Rule.TRANSACTION && commit.publication().isPresent()) {
        return false;
      }
      LedgerEntry entry = commit.entry();
      if (broken == Rule.INTENT) {
        entry = entry.withIntent(Optional.empty());
      }
      ledger.put(work.key, broken == Rule.CLOCK ? skewed(entry, commit) : entry);
      return true;
    }

    /** As if a version were the plain time of the write. */
    private Publication skewed(Publication told) {
      return broken == Rule.CLOCK && !told.repair()
          ? new Publication(
              told.kind(), plain(told.version()), told.base(), told.fingerprint(), false)
          : told;
    }

    private LedgerEntry skewed(LedgerEntry entry, Step.Commit commit) {
      return commit.publication().isEmpty()
          ? entry
          : new LedgerEntry(
              plain(entry.version()),
              entry.base(),
              entry.state(),
              entry.fingerprint(),
              entry.intent());
    }

    private Version plain(Version version) {
      return new Version(version.count() > 0 ? now() : version.seconds(), 0, region);
    }

    private void finish() {
      if (work.from.isEmpty()) {
        hintsRead++;
      } else {
        changesRead.merge(work.from.get(), 1, Integer::sum);
      }
      work = null;
    }
  }

  private static final Optional<Publication> NOTHING = Optional.empty();
  private static final List<String> KEYS = List.of("k1", "k2");
  private static final int PATIENCE = 200_000;

  private final Random random;
  private final Rule broken;
  private final Terms terms;
  private final Map<Region, Place> places = new TreeMap<>();
  private final Set<Put> userPuts = new HashSet<>();
  private final List<String> unseen = new ArrayList<>();
  private long userDeletes;
  private long ticks = 10_000;
  private int writes;

  /**
   * @param clockSkew by how many seconds regions' clocks may be off
   * @param broken the rule to leave out, or null
   */
  World(long seed, int regions, int clockSkew, Rule broken) {
    this.random = new Random(seed);
    this.broken = broken;
    this.terms = new Terms(random.nextBoolean(), false, true);
    for (int i = 0; i < regions; i++) {
      Region region = new Region("r" + i);
      places.put(region, new Place(region, random.nextInt(2 * clockSkew + 1) - clockSkew));
    }
    for (Place place : places.values()) {
      places.keySet().stream()
          .filter(other -> !other.equals(place.region))
          .forEach(other -> place.changesRead.put(other, 0));
    }
  }

  /** Lives through the seed's life; returns what went wrong, or nothing. */
  Optional<String> live() {
    Place lost = pick(List.copyOf(places.values()));
    int emptied = 5 + random.nextInt(55); // about half the lives
    for (int i = 0; i < 30; i++) {
      if (i == emptied) {
        empty(lost);
      }
      user();
      for (int steps = random.nextInt(25); steps > 0; steps--) {
        step(false);
      }
    }
    if ((emptied < 30 && !rebuild(lost)) || !drain()) {
      return Optional.of("never quiet");
    }
    return fault().or(this::lastWrite);
  }

  private Optional<String> fault() {
    if (KEYS.stream().anyMatch(key -> contents(key).size() > 1)) {
      return Optional.of("the regions differ");
    }
    Set<List<Object>> deletes = new HashSet<>();
    for (Place place : places.values()) {
      for (Told told : place.changes) {
        Publication change = told.publication();
        if (change.kind() == Kind.DELETE) {
          deletes.add(List.of(told.key(), change.version()));
        } else if (!change.repair()
            && !userPuts.contains(
                new Put(place.region, told.key(), change.fingerprint().orElseThrow()))) {
          return Optional.of("a replica travelled back");
        }
      }
    }
    if (deletes.size() > userDeletes) {
      return Optional.of("a delete that no user made");
    }
    return unseen.isEmpty()
        ? Optional.empty()
        : Optional.of("a local write was overwritten unseen: " + unseen);
  }

  private Optional<String> lastWrite() {
    Place place = pick(List.copyOf(places.values()));
    Optional<String> last = random.nextBoolean() ? Optional.of("last") : Optional.empty();
    if (last.isPresent()) {
      place.userPut("k1", "last", Optional.empty());
    } else {
      place.userDelete("k1");
    }
    if (!drain()) {
      return Optional.of("never quiet");
    }
    return contents("k1").equals(Set.of(last))
        ? Optional.empty()
        : Optional.of("the last write is lost");
  }

  private Set<Optional<String>> contents(String key) {
    Set<Optional<String>> contents = new HashSet<>();
    places.values().forEach(place -> contents.add(place.content(key)));
    return contents;
  }

  private void user() {
    Place place = pick(List.copyOf(places.values()));
    String key = pick(KEYS);
    double dice = random.nextDouble();
    Stored there = place.store.get(key);
    writes++;
    if (dice < .35) {
      place.userDelete(key);
    } else if (dice < .45 && there != null) {
      place.userPut(key, "c" + writes, there.marker()); // rewritten, metadata kept
    } else if (dice < .52 && there != null) {
      place.userPut(pick(KEYS), there.content(), there.marker()); // copied
    } else if (dice < .60) {
      place.userPut(key, "again" + random.nextInt(2), Optional.empty());
    } else {
      place.userPut(key, "c" + writes, Optional.empty());
    }
  }

  private void empty(Place place) {
    place.crash();
    place.store.clear();
    if (broken == Rule.IDENTITY) {
      Instant now = Instant.ofEpochSecond(place.now());
      for (String key : place.ledger.keySet()) {
        place.hints.add(new Hint(key, Hint.Kind.LISTED, now));
      }
    } else {
      place.halted = true; // the flow stops and asks
    }
  }

  /** The operator says go on: the peers apply what was shipped, then send what they have. */
  private boolean rebuild(Place place) {
    List<Place> peers = places.values().stream().filter(peer -> peer != place).toList();
    int steps = 0;
    while (broken != Rule.DRAINED
        && peers.stream()
            .anyMatch(peer -> peer.changesRead.get(place.region) < place.changes.size())) {
      step(true);
      if (steps++ > PATIENCE) {
        return false;
      }
    }
    place.ledger.replaceAll((key, entry) -> entry.lost());
    place.halted = false;
    for (Place peer : peers) {
      Instant now = Instant.ofEpochSecond(peer.now());
      KEYS.forEach(key -> peer.hints.add(new Hint(key, Hint.Kind.REPAIR, now)));
    }
    return true;
  }

  private void step(boolean quiet) {
    ticks += chance(.3) ? 1 : 0;
    Place place = pick(List.copyOf(places.values()));
    if (!place.late.isEmpty() && chance(.02)) {
      place.land(place.late.remove(place.late.size() - 1));
    }
    if (chance(.3)) {
      if (!place.notifications.isEmpty()) {
        place.hints.add(place.notifications.remove(random.nextInt(place.notifications.size())));
      }
    } else if (!place.halted) {
      if (!quiet && chance(.03)) {
        place.crash();
        goBack(place);
      } else if (place.work == null) {
        place.begin();
      } else {
        place.proceed();
      }
    }
  }

  /** Inputs are read again after a crash. */
  private void goBack(Place place) {
    int from = Math.max(0, place.hintsRead - 3);
    place.hintsRead = from + random.nextInt(place.hintsRead - from + 1);
    place.changesRead.replaceAll((region, read) -> random.nextInt(read + 1));
  }

  private boolean drain() {
    for (int i = 0; i < PATIENCE; i++) {
      if (places.values().stream().allMatch(this::isQuiet)) {
        return true;
      }
      step(true);
    }
    return false;
  }

  private boolean isQuiet(Place place) {
    return place.notifications.isEmpty()
        && place.work == null
        && place.late.isEmpty()
        && place.hintsRead == place.hints.size()
        && place.changesRead.entrySet().stream()
            .allMatch(read -> read.getValue() == places.get(read.getKey()).changes.size());
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** One key's content leaves no room for a marker. */
  private static boolean isUnmarkable(String key) {
    return key.equals("k2");
  }

  private <T> T pick(List<T> from) {
    return Objects.requireNonNull(from.get(random.nextInt(from.size())));
  }
}
