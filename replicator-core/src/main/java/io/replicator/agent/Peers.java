package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.kafka.Denial;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers as they are when an agent starts: each is asked whose Kafka it is, all at once. One
 * that is away is not waited for; the mirror asks it again before it takes anything from there.
 */
final class Peers {
  private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

  private record Look(PeerConfig peer, KafkaClients kafka, FutureTask<Optional<Region>> owner) {}

  private final AgentConfig config;
  private final String name;

  Peers(AgentConfig config, String name) {
    this.config = config;
    this.name = name;
  }

  /**
   * Returns within {@code limit}.
   *
   * @throws ReplicationException of kind FATAL if a peer is another region than it is called
   */
  void recognise(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    List<Look> looks = new ArrayList<>();
    for (PeerConfig peer : config.peers().values()) {
      looks.add(begin(peer, limit));
    }
    for (Look look : looks) {
      finish(look, end);
    }
  }

  private Look begin(PeerConfig peer, Duration limit) {
    KafkaClients kafka = new KafkaClients(peer.kafka().options(), name + "-" + peer.region());
    FutureTask<Optional<Region>> owner = new FutureTask<>(() -> Identity.read(kafka, limit));
    Thread thread = new Thread(owner, "peer-" + peer.region());
    thread.setDaemon(true);
    thread.start();
    return new Look(peer, kafka, owner);
  }

  private static void finish(Look look, long end) throws InterruptedException {
    Region expected = look.peer().region();
    try {
      Optional<Region> owner =
          look.owner().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (owner.isPresent() && !owner.get().equals(expected)) {
        throw Identity.mismatch(
            "peers." + expected + ".kafka.bootstrap.servers", look.kafka(), owner, expected);
      }
    } catch (TimeoutException e) {
      away(look, "no answer yet");
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof KafkaException)) {
        throw new IllegalStateException("the Kafka of " + expected + " was misread", e.getCause());
      }
      away(look, Denial.cause(e));
    }
  }

  private static void away(Look look, String why) {
    LOG.warn(
        "the Kafka of region {} at {} does not answer: {}; the mirror goes on trying",
        look.peer().region(),
        look.kafka().bootstrapServers(),
        why);
  }
}
