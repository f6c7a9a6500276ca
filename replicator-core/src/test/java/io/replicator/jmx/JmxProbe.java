package io.replicator.jmx;

import java.util.HashMap;
import java.util.Map;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;

/** A JMX client in a process of its own: {@code JmxProbe url tls|plain}; prints an uptime. */
@SuppressWarnings("BanJNDI") // the address is the test's own
final class JmxProbe {
  private JmxProbe() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> environment = new HashMap<>();
    if (arguments[1].equals("tls")) {
      environment.put("com.sun.jndi.rmi.factory.socket", new SslRMIClientSocketFactory());
    }
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(arguments[0]), environment)) {
      ObjectName runtime = new ObjectName("java.lang:type=Runtime");
      Object uptime = connector.getMBeanServerConnection().getAttribute(runtime, "Uptime");
      System.out.println("uptime " + uptime);
    }
  }
}
