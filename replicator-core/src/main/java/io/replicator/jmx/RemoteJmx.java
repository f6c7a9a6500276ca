package io.replicator.jmx;

import io.replicator.config.JmxConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIClientSocketFactory;
import java.rmi.server.UnicastRemoteObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.management.remote.rmi.RMIJRMPServerImpl;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remote JMX is the door through which other processes reach this one's beans: one port of one
 * address, from {@link #open} to {@link #close}.
 *
 * <p>The JDK's own ({@code com.sun.management.jmxremote}) is not used, because it listens on every
 * address. With TLS the registry speaks TLS, too: JConsole finds that out by itself, other clients
 * set {@code com.sun.jndi.rmi.factory.socket} to a {@link SslRMIClientSocketFactory}.
 */
public final class RemoteJmx implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteJmx.class);
  private static final String NAME = "jmxrmi";
  private static final String RMI_HOST = "java.rmi.server.hostname";

  private final String url;
  private final Registry registry;
  private final RMIConnectorServer server;

  private RemoteJmx(String url, Registry registry, RMIConnectorServer server) {
    this.url = url;
    this.registry = registry;
    this.server = server;
  }

  /**
   * Opens the door; there is none if the configuration names no port.
   *
   * @throws IOException if the port is taken or a file cannot be used; its message names which
   */
  public static Optional<RemoteJmx> open(JmxConfig config) throws IOException {
    if (config.port() == 0) {
      return Optional.empty();
    }
    Map<String, Object> environment = environment(config);
    if (config.onLoopback() && System.getProperty(RMI_HOST) == null) {
      // RMI tells its clients to come back to the machine's name, where nothing listens.
      System.setProperty(RMI_HOST, config.host());
    }
    BoundSockets sockets = BoundSockets.of(config);
    RMIClientSocketFactory client =
        config.tls().isPresent() ? new SslRMIClientSocketFactory() : null;
    // Both objects share the port because they share the socket factory.
    Registry registry = LocateRegistry.createRegistry(config.port(), client, sockets);
    try {
      RMIJRMPServerImpl object = new RMIJRMPServerImpl(config.port(), client, sockets, environment);
      RMIConnectorServer server =
          new RMIConnectorServer(
              new JMXServiceURL("service:jmx:rmi://"),
              environment,
              object,
              ManagementFactory.getPlatformMBeanServer());
      server.start();
      registry.rebind(NAME, object.toStub());
      String url = url(config);
      LOG.info("JMX is reached at {}", url);
      return Optional.of(new RemoteJmx(url, registry, server));
    } catch (IOException e) {
      UnicastRemoteObject.unexportObject(registry, true);
      throw e;
    }
  }

  /** Returns the address for clients, {@code service:jmx:rmi:///jndi/rmi://host:port/jmxrmi}. */
  public String url() {
    return url;
  }

  /** Closes the door and all connections through it; the port is free afterwards. */
  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } finally {
      UnicastRemoteObject.unexportObject(registry, true);
    }
  }

  private static Map<String, Object> environment(JmxConfig config) throws IOException {
    Map<String, Object> environment = new HashMap<>();
    // What comes before anybody has said who he is may be a name and a password, nothing else.
    environment.put(RMIConnectorServer.CREDENTIALS_FILTER_PATTERN, "java.lang.String;!*");
    if (config.passwordFile().isPresent()) {
      Path access = config.accessFile().orElseThrow();
      OwnerOnly.require(config.passwordFile().get());
      environment.put("jmx.remote.x.password.file", config.passwordFile().get().toString());
      environment.put("jmx.remote.x.password.toHashes", "false"); // the file is the operator's
      environment.put("jmx.remote.x.access.file", access.toString());
    }
    return environment;
  }

  private static String url(JmxConfig config) {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return "service:jmx:rmi:///jndi/rmi://" + host + ":" + config.port() + "/" + NAME;
  }
}
