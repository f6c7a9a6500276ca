package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Condition;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;

/**
 * A mirror check tells, for an external mirror, what it must carry from each peer, in the forms in
 * which MirrorMaker 2 is told, and whether heartbeats arrive by it now.
 */
public final class MirrorCheck {
  /** Agents speak once a second, and MirrorMaker looks for new topics every five. */
  private static final Duration LISTENING = Duration.ofSeconds(6);

  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final String TOPICS = "topics";
  private static final String EXCLUDED = "topics.exclude";

  private final AgentConfig config;
  private final Consumer<Finding> findings;
  private final PeerProbe here;

  private MirrorCheck(AgentConfig config, Consumer<Finding> findings) {
    this.config = config;
    this.findings = findings;
    this.here = new PeerProbe(config.kafka());
  }

  /** Runs the check, if the mirror is external. Blocks, some seconds at most. */
  public static void run(AgentConfig config, Consumer<Finding> findings) {
    if (config.mirror().mode() != MirrorConfig.Mode.EXTERNAL || config.peers().isEmpty()) {
      return;
    }
    MirrorCheck check = new MirrorCheck(config, findings);
    config.peers().keySet().forEach(check::told);
    try {
      check.heard();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void told(Region peer) {
    Region region = config.region();
    findings.accept(
        new Finding(
            Level.OK,
            subject(peer),
            "'replicator mirror' with this file needs no more. Another MirrorMaker 2 is told, beside"
                + " addresses and credentials,\n\n    # connect-mirror-maker.properties; the"
                + " aliases are the regions' names\n"
                + indented(
                    MirrorProperties.carriage(peer, region).entrySet().stream()
                        // A properties file takes a single backslash away.
                        .map(one -> one.getKey() + " = " + one.getValue().replace("\\", "\\\\"))
                        .collect(Collectors.joining("\n")))
                + "\n\n    or\n\n"
                + indented(strimzi(peer, region))
                + "\n",
            ""));
  }

  private static String strimzi(Region peer, Region here) {
    SortedMap<String, String> keys = MirrorProperties.connector(peer, here);
    String topics = keys.remove(TOPICS);
    String excluded = keys.remove(EXCLUDED);
    return """
    # of a KafkaMirrorMaker2 of Strimzi; without heartbeatConnector and checkpointConnector
    mirrors:
      - sourceCluster: %s
        targetCluster: %s
        topicsPattern: '%s'
        topicsExcludePattern: '%s'
        sourceConnector:
          config:
    """
            .formatted(peer, here, topics, excluded)
        + keys.entrySet().stream()
            .map(one -> "        " + one.getKey() + ": " + one.getValue())
            .collect(Collectors.joining("\n"));
  }

  private static String indented(String lines) {
    return lines.lines().map(line -> "    " + line).collect(Collectors.joining("\n"));
  }

  private void heard() throws InterruptedException {
    Map<Region, Long> silent = new TreeMap<>();
    long end = System.nanoTime() + LISTENING.toNanos();
    try {
      for (Region peer : config.peers().keySet()) {
        silent.put(peer, here.heartbeats(peer));
      }
      while (!silent.isEmpty() && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        for (Region peer : Map.copyOf(silent).keySet()) {
          if (here.heartbeats(peer) > silent.get(peer)) {
            silent.remove(peer);
            findings.accept(new Finding(Level.OK, subject(peer), "heartbeats arrive", ""));
          }
        }
      }
    } catch (ExecutionException | KafkaException e) {
      // That the local Kafka does not answer is said by the look at it.
      return;
    }
    for (Region peer : silent.keySet()) {
      findings.accept(silence(peer));
    }
  }

  private Finding silence(Region peer) throws InterruptedException {
    PeerProbe there = new PeerProbe(config.peers().get(peer).kafka());
    Condition why;
    Level level = Level.WARNING;
    try {
      Optional<Instant> newest = there.newestHeartbeat(peer);
      if (newest.isEmpty()) {
        why = Trouble.noHeartbeats(peer, TopicNames.status(peer));
      } else if (newest.get().plus(MirrorPace.DEFAULT.patience()).isBefore(Instant.now())) {
        why = Trouble.silentAgent(peer, newest.get());
      } else {
        why = Trouble.externalMirrorsNothing(peer);
        level = Level.ERROR;
      }
    } catch (ExecutionException | KafkaException e) {
      String servers = config.peers().get(peer).kafka().bootstrapServers();
      why = Trouble.unreachable(peer, servers, e);
    }
    return new Finding(level, subject(peer), "no heartbeat arrives: " + why.reason(), why.hint());
  }

  private static String subject(Region peer) {
    return "external mirror from " + peer;
  }
}
