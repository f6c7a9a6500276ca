package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A peer mirror is the mirror from one peer: a MirrorMaker of its own, so that no peer's trouble
 * touches another's, and one thread that starts it, watches it and starts it again.
 *
 * <p>When the mirror runs elsewhere, only what arrives is watched. Safe for any number of threads.
 */
final class PeerMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerMirror.class);

  private final AgentConfig config;
  private final Region peer;
  private final MirrorPace pace;
  private final Clocks clocks;
  private final MirrorHealth health;
  private final ClockSkew skew;
  private final MirrorCounts counts;
  private final PeerProbe there;
  private final PeerProbe here;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final boolean embedded;

  // Of the watching thread alone.
  private Optional<MirrorMakerRun> run = Optional.empty();
  private Instant nextStart;
  private Instant started;
  private Instant nextLook;
  private Duration pause;
  private OptionalLong written = OptionalLong.empty();
  private Optional<Instant> grew = Optional.empty();
  private FlowState logged = FlowState.RUNNING;
  private boolean warned;

  private final AtomicLong restarts = new AtomicLong();

  PeerMirror(AgentConfig config, Region peer, MirrorPace pace, Clocks clocks) {
    this.config = config;
    this.peer = peer;
    this.pace = pace;
    this.clocks = clocks;
    skew = new ClockSkew(clocks);
    health = new MirrorHealth(pace.patience(), clocks.steady());
    counts = new MirrorCounts(peer, config.region());
    there = new PeerProbe(config.peers().get(peer).kafka());
    here = new PeerProbe(config.kafka());
    embedded = config.mirror().mode() == MirrorConfig.Mode.EMBEDDED;
    pause = pace.firstPause();
    nextStart = clocks.steady().instant();
    started = nextStart;
    nextLook = nextStart;
    thread = new Thread(this::watch, "mirror-" + peer);
    thread.setDaemon(true);
    thread.start();
  }

  void heard(Instant written) {
    health.heard(written);
  }

  /** Takes note of a status that has just arrived, by {@link ClockSkew#heard}. */
  void compare(String agent, Instant sent, OptionalLong ours) {
    skew.heard(agent, sent, ours);
  }

  /** Returns how old the status of each agent there looks here at least, in milliseconds. */
  Map<String, Long> ages() {
    return skew.ages();
  }

  MirrorStatus status() {
    OptionalLong records = OptionalLong.empty();
    OptionalLong bytes = OptionalLong.empty();
    if (embedded) {
      records = OptionalLong.of(counts.records());
      bytes = OptionalLong.of(counts.bytes());
    }
    return new MirrorStatus(
        health.condition(), health.lastHeartbeat(), skew.worst(), records, bytes, restarts.get());
  }

  /** Stops watching and MirrorMaker. Returns within about 20 s, whatever the Kafkas do. */
  @Override
  public void close() {
    beginClose();
    try {
      thread.join(pace.closeLimit().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the thread know, without waiting for it. */
  void beginClose() {
    closing.countDown();
  }

  private void watch() {
    try {
      do {
        try {
          tend();
        } catch (RuntimeException e) {
          // Whatever it is, the mirror must not end with it while the agent lives.
          stumbled(e);
        }
        log();
        logSkew();
      } while (!closing.await(pace.tick().toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      LOG.debug("the mirror from {} was interrupted", peer);
    } finally {
      run.ifPresent(MirrorMakerRun::close);
    }
  }

  private void tend() throws InterruptedException {
    if (embedded) {
      run();
      counts.look();
    }
    if (!health.silent()) {
      written = OptionalLong.empty();
      grew = Optional.empty();
    } else if (!clocks.steady().instant().isBefore(nextLook)) {
      nextLook = clocks.steady().instant().plus(pace.lookInterval());
      look().ifPresent(health::diagnosed);
    }
  }

  private void stumbled(RuntimeException e) {
    LOG.warn("the mirror from {} stumbled", peer, e);
    if (embedded) {
      stop(PeerProbe.reason(e));
    } else {
      health.troubled(Trouble.unwatched(PeerProbe.reason(e)));
    }
  }

  private void run() throws InterruptedException {
    Instant now = clocks.steady().instant();
    if (run.isEmpty()) {
      if (!now.isBefore(nextStart)) {
        start();
      }
      return;
    }
    Optional<String> failure = run.get().failure();
    if (failure.isPresent()) {
      counts.look();
      stop(failure.get());
    } else if (started.plus(pace.settled()).isBefore(now) && !health.silent()) {
      pause = pace.firstPause();
    }
  }

  private void start() throws InterruptedException {
    Optional<Condition> obstacle = obstacle();
    if (obstacle.isEmpty()) {
      try {
        run =
            Optional.of(
                MirrorMakerRun.start(peer, config.region(), MirrorProperties.of(config, peer)));
        started = clocks.steady().instant();
        health.mended();
        LOG.info("mirror from {} started", peer);
        return;
      } catch (ConfigException e) {
        obstacle = Optional.of(Trouble.refused(e.getMessage()));
      } catch (KafkaException e) {
        obstacle = Optional.of(Trouble.stopped(PeerProbe.reason(e), words(pause)));
      }
    }
    health.troubled(obstacle.get());
    postpone();
  }

  private Optional<Condition> obstacle() throws InterruptedException {
    Optional<Condition> local =
        here.unreachable()
            .map(why -> Trouble.localUnreachable(config.kafka().bootstrapServers(), why));
    if (local.isPresent()) {
      return local;
    }
    Optional<Condition> remote =
        there.unreachable().map(why -> Trouble.unreachable(peer, servers(), why));
    return remote.isPresent() ? remote : stranger();
  }

  /** Nothing is taken from a Kafka that is another region's than it is called. */
  private Optional<Condition> stranger() {
    KafkaClients kafka =
        new KafkaClients(config.peers().get(peer).kafka().options(), "replicator-mirror");
    try {
      Optional<Region> owner = Identity.read(kafka, Identity.LIMIT);
      return owner
          .filter(region -> !region.equals(peer))
          .map(region -> Trouble.stranger(Identity.mismatch(key(), kafka, owner, peer)));
    } catch (KafkaException e) {
      return Optional.of(Trouble.unreachable(peer, servers(), e));
    }
  }

  private String key() {
    return "peers." + peer + ".kafka.bootstrap.servers";
  }

  private void stop(String why) {
    health.troubled(Trouble.stopped(why, words(pause)));
    LOG.warn("mirror from {} is started again in {}: {}", peer, words(pause), why);
    restarts.incrementAndGet();
    run.ifPresent(MirrorMakerRun::close);
    run = Optional.empty();
    postpone();
  }

  private void postpone() {
    nextStart = clocks.steady().instant().plus(pause);
    pause = pace.after(pause);
  }

  /**
   * Finds out why nothing is heard, and starts MirrorMaker again if it alone is at fault.
   *
   * @return empty if another look has to tell
   */
  private Optional<Condition> look() throws InterruptedException {
    Optional<Instant> newest;
    boolean first = written.isEmpty();
    try {
      newest = there.newestHeartbeat(peer);
      note(there.heartbeats(peer));
    } catch (ExecutionException | KafkaException e) {
      return Optional.of(Trouble.unreachable(peer, servers(), e));
    }
    if (newest.isEmpty()) {
      return Optional.of(Trouble.noHeartbeats(peer, TopicNames.status(peer)));
    }
    if (grew.isPresent()) {
      return Optional.of(brought());
    }
    return first ? Optional.empty() : Optional.of(Trouble.silentAgent(peer, newest.get()));
  }

  /**
   * Takes note of how many heartbeats were written there. Whether agents write is told by that from
   * one look to the next, not by the stamps: the clock of the peer's brokers may be any.
   */
  private void note(long heartbeats) {
    Instant now = clocks.steady().instant();
    if (written.isPresent() && heartbeats > written.getAsLong()) {
      grew = Optional.of(now);
    }
    written = OptionalLong.of(heartbeats);
    grew = grew.filter(at -> at.plus(pace.patience()).isAfter(now));
  }

  /** Agents there write, and nothing of it is here. */
  private Condition brought() {
    if (!embedded) {
      return Trouble.externalMirrorsNothing(peer);
    }
    String doing = run.map(MirrorMakerRun::doing).orElse("MirrorMaker is not started yet");
    if (run.isPresent() && started.plus(pace.settled()).isBefore(clocks.steady().instant())) {
      counts.look();
      stop("it brings nothing, and " + doing);
    }
    return Trouble.mirrorsNothing(peer, doing);
  }

  private void log() {
    Condition condition = health.condition();
    if (condition.state() != logged) {
      logged = condition.state();
      if (logged == FlowState.RUNNING) {
        LOG.info("mirror from {} is RUNNING again", peer);
      } else {
        LOG.warn(
            "mirror from {} is {}: {}; {}", peer, logged, condition.reason(), condition.hint());
      }
    }
  }

  private void logSkew() {
    Optional<Skew> worst = skew.worst();
    if (worst.isEmpty() || worst.get().isIntolerable() == warned) {
      return;
    }
    warned = !warned;
    if (warned) {
      LOG.warn("mirror from {}: {}", peer, worst.get().warning());
    } else {
      LOG.info("mirror from {}: its clocks and this agent's agree again", peer);
    }
  }

  private String servers() {
    KafkaConfig kafka = config.peers().get(peer).kafka();
    return kafka.bootstrapServers();
  }

  private static String words(Duration duration) {
    return duration.toMillis() < 1000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }
}
