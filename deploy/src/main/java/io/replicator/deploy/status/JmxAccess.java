package io.replicator.deploy.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;

/** How an agent's JMX is reached from another process. */
public final class JmxAccess {
  private static final Pattern USUAL =
      Pattern.compile("service:jmx:rmi:///jndi/rmi://([^/]+)/jmxrmi");

  private static final Pattern PLACE =
      Pattern.compile("(\\[[0-9a-fA-F:.%]+\\]|[^:\\s/]+):\\d{1,5}");

  private JmxAccess() {}

  /** Returns the service URL of an agent, given that or {@code host:port}. */
  public static String url(String given) {
    return given.startsWith("service:jmx:")
        ? given
        : "service:jmx:rmi:///jndi/rmi://" + given + "/jmxrmi";
  }

  /** Tells whether a URL has the form of one; of the usual kind it has a host and a port. */
  public static boolean isUrl(String url) {
    Matcher usual = USUAL.matcher(url);
    if (usual.matches()) {
      return PLACE.matcher(usual.group(1)).matches();
    }
    try {
      return !new JMXServiceURL(url).getProtocol().isEmpty();
    } catch (MalformedURLException e) {
      return false;
    }
  }

  /** Returns the {@code host:port} in a service URL, where that says it all; else the URL. */
  public static String shown(String url) {
    Matcher usual = USUAL.matcher(url);
    return usual.matches() ? usual.group(1) : url;
  }

  /**
   * Returns what the JDK's connector needs.
   *
   * @param user null for none
   * @param passwordFile a file whose first line is the user's password; null for none
   * @param tls whether the agent's registry speaks TLS
   */
  public static Map<String, Object> environment(String user, Path passwordFile, boolean tls) {
    Map<String, Object> environment = new HashMap<>();
    if (user != null) {
      environment.put(JMXConnector.CREDENTIALS, new String[] {user, password(passwordFile)});
    }
    if (tls) {
      environment.put("com.sun.jndi.rmi.factory.socket", new SslRMIClientSocketFactory());
    }
    return environment;
  }

  private static String password(Path file) {
    if (file == null) {
      return "";
    }
    try {
      return Files.readString(file).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException("the password file cannot be read: " + e, e);
    }
  }
}
