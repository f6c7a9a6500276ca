package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.model.Region;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The mirror carries the change topics of every peer to the local Kafka, and says what hinders it.
 *
 * <p>It is started at once and never fails to be: a peer that does not answer is tried again, with
 * growing pauses, and none hinders another. Each peer has a bean, {@code
 * replicator:type=Mirror,source=us-west-2}, for as long as the mirror is open. Safe for any number
 * of threads.
 */
public final class Mirror implements AutoCloseable {
  private final SortedMap<Region, PeerMirror> mirrors = new TreeMap<>();

  /** Begins to mirror from all peers, or to watch the mirror that runs elsewhere. */
  public Mirror(AgentConfig config, InstantSource clock) {
    this(config, MirrorPace.DEFAULT, clock);
  }

  Mirror(AgentConfig config, MirrorPace pace, InstantSource clock) {
    for (Region peer : config.peers().keySet()) {
      PeerMirror mirror = new PeerMirror(config, peer, pace, clock);
      mirrors.put(peer, mirror);
      try {
        ManagementFactory.getPlatformMBeanServer()
            .registerMBean(new MirrorBean(mirror::status, clock), beanName(peer));
      } catch (JMException e) {
        close();
        throw new IllegalStateException("a second mirror in one process", e);
      }
    }
  }

  /**
   * A record of the topic {@code replicator.<peer>.status} has arrived.
   *
   * @param heartbeatTime when it was written, by the peer's clock
   */
  public void heardFrom(Region peer, Instant heartbeatTime) {
    PeerMirror mirror = mirrors.get(peer);
    if (mirror != null) {
      mirror.heard(heartbeatTime);
    }
  }

  /** Returns how the mirror from each peer does. No I/O. */
  public SortedMap<Region, MirrorStatus> status() {
    SortedMap<Region, MirrorStatus> status = new TreeMap<>();
    mirrors.forEach((peer, mirror) -> status.put(peer, mirror.status()));
    return status;
  }

  /** Stops mirroring. Returns within about 20 s, whatever the Kafkas do. */
  @Override
  public void close() {
    mirrors.values().forEach(PeerMirror::beginClose);
    mirrors.values().forEach(PeerMirror::close);
    for (Region peer : mirrors.keySet()) {
      try {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(beanName(peer));
      } catch (JMException e) {
        throw new IllegalStateException("closed twice", e);
      }
    }
    mirrors.clear();
  }

  private static ObjectName beanName(Region peer) throws JMException {
    return new ObjectName("replicator:type=Mirror,source=" + peer);
  }
}
