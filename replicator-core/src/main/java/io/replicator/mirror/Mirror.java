package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.model.Clocks;
import io.replicator.model.Region;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final SortedMap<Region, PeerMirror> mirrors;
  private final List<ObjectName> beans = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Begins to mirror from all peers, or to watch the mirror that runs elsewhere.
   *
   * @throws IllegalStateException if this process has a mirror from one of the peers already
   */
  public Mirror(AgentConfig config, Clocks clocks) {
    this(config, MirrorPace.DEFAULT, clocks);
  }

  Mirror(AgentConfig config, MirrorPace pace, Clocks clocks) {
    SortedMap<Region, PeerMirror> started = new TreeMap<>();
    for (Region peer : config.peers().keySet()) {
      started.put(peer, new PeerMirror(config, peer, pace, clocks));
    }
    mirrors = Collections.unmodifiableSortedMap(started);
    try {
      for (Region peer : mirrors.keySet()) {
        ObjectName name = new ObjectName("replicator:type=Mirror,source=" + peer);
        MirrorBean bean = new MirrorBean(mirrors.get(peer)::status, clocks.wall());
        ManagementFactory.getPlatformMBeanServer().registerMBean(bean, name);
        beans.add(name);
      }
    } catch (JMException e) {
      close();
      throw new IllegalStateException("this process has such a mirror already", e);
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

  /**
   * A status of one of a peer's agents has just arrived, not one that had stood here before: what
   * its clock is off by is judged by that.
   *
   * @param sent when it was written, by that agent's clock
   * @param ours how old this agent's own status looks there at least, in milliseconds, if it tells
   */
  public void compareClocks(Region peer, String agent, Instant sent, OptionalLong ours) {
    PeerMirror mirror = mirrors.get(peer);
    if (mirror != null) {
      mirror.compare(agent, sent, ours);
    }
  }

  /** Returns how old the status of each peer's agents looks here at least, in milliseconds. */
  public Map<String, Long> ages() {
    Map<String, Long> ages = new HashMap<>();
    mirrors.values().forEach(mirror -> ages.putAll(mirror.ages()));
    return ages;
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
    if (closed.getAndSet(true)) {
      return;
    }
    mirrors.values().forEach(PeerMirror::beginClose);
    mirrors.values().forEach(PeerMirror::close);
    for (ObjectName bean : beans) {
      try {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(bean);
      } catch (JMException e) {
        throw new IllegalStateException("somebody else has taken the bean away", e);
      }
    }
  }
}
