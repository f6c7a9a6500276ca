package io.replicator.it;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * A connection to an agent's JMX, for single figures at a time; open as long as the agent lives.
 */
final class AgentJmx implements AutoCloseable {
  private final JMXConnector connector;

  @SuppressWarnings("BanJNDI") // the address is our own agent's
  AgentJmx(String url) throws IOException {
    connector = JMXConnectorFactory.connect(new JMXServiceURL(url));
  }

  /** Returns an attribute of a bean. */
  Object attribute(String bean, String attribute) throws IOException, JMException {
    return connector.getMBeanServerConnection().getAttribute(new ObjectName(bean), attribute);
  }

  /** Returns the state of the breaker before a target. */
  String breaker(String store, String resource) throws IOException, JMException {
    return (String)
        attribute("replicator:type=Target,store=" + store + ",resource=" + resource, "State");
  }

  /** Returns how the agent's heap is used. */
  MemoryUsage heap() throws IOException, JMException {
    return MemoryUsage.from(
        (CompositeData) attribute(ManagementFactory.MEMORY_MXBEAN_NAME, "HeapMemoryUsage"));
  }

  /** Returns how much of the machine's memory a process holds, in bytes. */
  static long resident(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
