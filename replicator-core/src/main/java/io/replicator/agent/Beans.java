package io.replicator.agent;

import io.replicator.jmx.AgentMXBean;
import io.replicator.jmx.ProcessMXBean;
import io.replicator.model.Region;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** The beans that a process has registered, so that none is left when it closes. */
final class Beans implements AutoCloseable {
  static final String AGENT = "replicator:type=Agent";

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final Deque<ObjectName> names = new ArrayDeque<>();

  /** Registers a bean; one that an earlier agent of this process left is replaced. */
  synchronized void register(String name, Object bean) {
    try {
      ObjectName objectName = named(name);
      if (server.isRegistered(objectName)) {
        server.unregisterMBean(objectName);
      }
      server.registerMBean(bean, objectName);
      names.push(objectName);
    } catch (JMException e) {
      throw new IllegalStateException("cannot register " + name, e);
    }
  }

  /** Takes one bean away. */
  synchronized void unregister(String name) {
    ObjectName objectName = named(name);
    if (names.remove(objectName)) {
      unregister(objectName);
    }
  }

  @Override
  public synchronized void close() {
    names.forEach(this::unregister);
    names.clear();
  }

  private void unregister(ObjectName name) {
    try {
      server.unregisterMBean(name);
    } catch (JMException e) {
      throw new IllegalStateException("cannot unregister " + name, e);
    }
  }

  private static ObjectName named(String name) {
    try {
      return new ObjectName(name);
    } catch (MalformedObjectNameException e) {
      throw new IllegalStateException("no name of a bean: " + name, e);
    }
  }

  /** What the bean of a process shows. */
  static class ProcessBean implements ProcessMXBean {
    private final Region region;
    private final String id;
    private final Instant start;
    private final AgentHealth health;

    ProcessBean(Region region, String id, Instant start, AgentHealth health) {
      this.region = region;
      this.id = id;
      this.start = start;
      this.health = health;
    }

    @Override
    public final String getRegion() {
      return region.name();
    }

    @Override
    public final String getAgentId() {
      return id;
    }

    @Override
    public final String getVersion() {
      return Optional.ofNullable(Agent.class.getPackage().getImplementationVersion())
          .orElse("development");
    }

    @Override
    public final String getStartTime() {
      return start.toString();
    }

    @Override
    public final String getState() {
      return health.state();
    }

    @Override
    public final String getReason() {
      return health.reason();
    }

    @Override
    public final String getHint() {
      return health.hint();
    }
  }

  /** What the agent's own bean shows. */
  static final class AgentBean extends ProcessBean implements AgentMXBean {
    private final Reloads reloads;

    AgentBean(Region region, String id, Instant start, AgentHealth health, Reloads reloads) {
      super(region, id, start, health);
      this.reloads = reloads;
    }

    @Override
    public String reload() {
      return reloads.now();
    }

    @Override
    public String getLastReload() {
      return reloads.lastText();
    }

    @Override
    public String getLastReloadTime() {
      return reloads.lastTime();
    }

    @Override
    public long getFailedReloads() {
      return reloads.failures();
    }
  }
}
