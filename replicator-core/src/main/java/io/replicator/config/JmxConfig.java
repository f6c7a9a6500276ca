package io.replicator.config;

import io.replicator.spi.Settings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * How JMX is reached from other processes.
 *
 * @param host the address listened on; only the loopback needs no authentication
 * @param port 0 for no remote JMX
 * @param passwordFile names and passwords, in the JDK's own form
 * @param accessFile names with {@code readonly} or {@code readwrite}; there if and only if {@code
 *     passwordFile} is
 */
public record JmxConfig(
    String host,
    int port,
    Optional<Path> passwordFile,
    Optional<Path> accessFile,
    Optional<TlsConfig> tls) {
  private static final String LOOPBACK = "127.0.0.1";

  /** No remote JMX. */
  public static final JmxConfig NONE =
      new JmxConfig(LOOPBACK, 0, Optional.empty(), Optional.empty(), Optional.empty());

  /** Returns JMX on a port of the loopback, open to every process of this machine. */
  public static JmxConfig onLoopback(int port) {
    return new JmxConfig(LOOPBACK, port, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Returns the same on another port; 0 for no remote JMX. */
  public JmxConfig onPort(int other) {
    return new JmxConfig(host, other, passwordFile, accessFile, tls);
  }

  /** Returns where it is reached, as {@code --jmx} takes it; empty if nowhere. */
  public Optional<String> place() {
    return port == 0
        ? Optional.empty()
        : Optional.of((host.contains(":") ? "[" + host + "]" : host) + ":" + port);
  }

  static JmxConfig read(Settings settings) {
    String host = settings.optionalText("host").orElse(LOOPBACK);
    int port = (int) settings.number("port", 0, 0, 65_535);
    Optional<Path> passwords = settings.optionalText("password-file").map(Path::of);
    Optional<Path> access = settings.optionalText("access-file").map(Path::of);
    Settings section = settings.section("tls");
    Optional<TlsConfig> tls =
        settings.has("tls") ? Optional.of(TlsConfig.read(section)) : Optional.empty();
    if (passwords.isPresent() != access.isPresent()) {
      settings.problem(
          passwords.isPresent() ? "access-file" : "password-file",
          "is required: password-file and access-file only work together");
    }
    JmxConfig config = new JmxConfig(host, port, passwords, access, tls);
    if (!config.onLoopback() && (passwords.isEmpty() || tls.isEmpty())) {
      settings.problem(
          "host", "is open to other machines: that needs password-file, access-file and tls");
    }
    return config;
  }

  /** Tells whether only processes of this machine can reach it. Looks no name up. */
  public boolean onLoopback() {
    String name = host.toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.equals("::1")
        || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
