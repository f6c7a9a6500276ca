package io.replicator.agent;

import io.replicator.jmx.AgentMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The beans that an agent has registered, so that none is left when it closes. */
final class Beans implements AutoCloseable {
  static final String AGENT = "replicator:type=Agent";

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final Deque<ObjectName> names = new ArrayDeque<>();

  /** Registers a bean; one that an earlier agent of this process left is replaced. */
  void register(String name, Object bean) {
    try {
      ObjectName objectName = new ObjectName(name);
      if (server.isRegistered(objectName)) {
        server.unregisterMBean(objectName);
      }
      server.registerMBean(bean, objectName);
      names.push(objectName);
    } catch (JMException e) {
      throw new IllegalStateException("cannot register " + name, e);
    }
  }

  @Override
  public void close() {
    for (ObjectName name : names) {
      try {
        server.unregisterMBean(name);
      } catch (JMException e) {
        throw new IllegalStateException("cannot unregister " + name, e);
      }
    }
    names.clear();
  }

  /** What the agent's own bean shows. */
  record AgentBean(
      String region, String agentId, String version, String startTime, AgentHealth health)
      implements AgentMXBean {
    @Override
    public String getRegion() {
      return region;
    }

    @Override
    public String getAgentId() {
      return agentId;
    }

    @Override
    public String getVersion() {
      return version;
    }

    @Override
    public String getStartTime() {
      return startTime;
    }

    @Override
    public String getState() {
      return health.state();
    }

    @Override
    public String getReason() {
      return health.reason();
    }

    @Override
    public String getHint() {
      return health.hint();
    }
  }
}
