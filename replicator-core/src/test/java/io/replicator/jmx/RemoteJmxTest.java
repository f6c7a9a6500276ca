package io.replicator.jmx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.config.JmxConfig;
import io.replicator.config.TlsConfig;
import io.replicator.fixture.FreePort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.management.Attribute;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("BanJNDI") // the address is the test's own
class RemoteJmxTest {
  private static final String KEY = "changeit";

  @TempDir Path directory;
  private final int port = FreePort.next();

  @Test
  void withoutAPortNothingIsOpened() throws Exception {
    assertThat(RemoteJmx.open(JmxConfig.NONE)).isEmpty();
  }

  @Test
  void onlyTheLoopbackIsListenedOnByDefault() throws Exception {
    try (RemoteJmx jmx = open(JmxConfig.onLoopback(port))) {
      assertThat(jmx.url())
          .isEqualTo("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
      assertThat(uptime(jmx.url(), Map.of())).isPositive();
      // Every address of 127/8 is this machine: a server on all addresses would answer here.
      assertThatThrownBy(() -> connect("127.0.0.2")).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void closingFreesThePort() throws Exception {
    try (RemoteJmx jmx = open(JmxConfig.onLoopback(port))) {
      assertThat(uptime(jmx.url(), Map.of())).isPositive();
    }
    await().ignoreExceptions().until(() -> bindable(port));
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(taken.isBound()).isTrue();
      assertThatThrownBy(() -> open(JmxConfig.onLoopback(port)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(Integer.toString(port));
    }
  }

  @Test
  void onlyTheRightPasswordOpensAndReadersMayNotWrite() throws Exception {
    try (RemoteJmx jmx = open(withPasswords("rw-------"))) {
      assertThat(uptime(jmx.url(), as("reader", "r1"))).isPositive();
      assertThatThrownBy(() -> uptime(jmx.url(), as("reader", "wrong")))
          .isInstanceOf(SecurityException.class);
      assertThatThrownBy(() -> uptime(jmx.url(), Map.of())).isInstanceOf(SecurityException.class);
      assertThatThrownBy(() -> setVerbose(jmx.url(), as("reader", "r1")))
          .isInstanceOf(SecurityException.class);
      setVerbose(jmx.url(), as("operator", "o1"));
    }
  }

  @Test
  void aPasswordFileThatOthersMayReadIsRefused() throws Exception {
    JmxConfig config = withPasswords("rw-r-----");
    assertThatThrownBy(() -> open(config))
        .hasMessageContaining("may be read by others than its owner: chmod 600");
    Files.delete(config.passwordFile().orElseThrow());
    assertThatThrownBy(() -> open(config)).hasMessageContaining("does not exist");
  }

  @Test
  void withTlsOnlyAClientThatSpeaksItAndTrustsUsGetsIn() throws Exception {
    Path keystore = keystore("server.p12");
    Path strangers = keystore("stranger.p12");
    TlsConfig tls = new TlsConfig(keystore, KEY, Optional.empty(), Optional.empty(), false);
    try (RemoteJmx jmx = open(withTls(tls))) {
      assertThat(probe(jmx.url(), "tls", trusting(keystore))).contains("uptime ");
      assertThat(probe(jmx.url(), "tls", trusting(strangers)))
          .contains("SSLHandshakeException")
          .doesNotContain("uptime ");
      assertThat(probe(jmx.url(), "plain", List.of())).doesNotContain("uptime ");
    }
  }

  @Test
  void withClientAuthOnlyAKnownCertificateGetsIn() throws Exception {
    Path keystore = keystore("server.p12");
    Path client = keystore("client.p12");
    TlsConfig tls = new TlsConfig(keystore, KEY, Optional.of(client), Optional.of(KEY), true);
    try (RemoteJmx jmx = open(withTls(tls))) {
      assertThat(probe(jmx.url(), "tls", trusting(keystore))).doesNotContain("uptime ");
      List<String> known = new ArrayList<>(trusting(keystore));
      known.add("-Djavax.net.ssl.keyStore=" + client);
      known.add("-Djavax.net.ssl.keyStorePassword=" + KEY);
      assertThat(probe(jmx.url(), "tls", known)).contains("uptime ");
    }
  }

  @Test
  void aWrongKeystorePasswordIsReportedWithoutIt() throws Exception {
    TlsConfig tls =
        new TlsConfig(keystore("s.p12"), "hunter2", Optional.empty(), Optional.empty(), false);
    assertThatThrownBy(() -> open(withTls(tls)))
        .hasMessageContaining("s.p12 cannot be read, or its password is wrong")
        .message()
        .doesNotContain("hunter2");
  }

  private static RemoteJmx open(JmxConfig config) throws IOException {
    return RemoteJmx.open(config).orElseThrow();
  }

  private JmxConfig withTls(TlsConfig tls) {
    return new JmxConfig("127.0.0.1", port, Optional.empty(), Optional.empty(), Optional.of(tls));
  }

  private JmxConfig withPasswords(String permissions) throws IOException {
    Path passwords = directory.resolve("passwords");
    Files.writeString(passwords, "reader r1\noperator o1\n");
    Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString(permissions));
    Path access = directory.resolve("access");
    Files.writeString(access, "reader readonly\noperator readwrite\n");
    return new JmxConfig(
        "127.0.0.1", port, Optional.of(passwords), Optional.of(access), Optional.empty());
  }

  private static Map<String, Object> as(String name, String password) {
    return Map.of(JMXConnector.CREDENTIALS, new String[] {name, password});
  }

  private static long uptime(String url, Map<String, Object> environment) throws Exception {
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(url), environment)) {
      return (Long)
          connector
              .getMBeanServerConnection()
              .getAttribute(new ObjectName("java.lang:type=Runtime"), "Uptime");
    }
  }

  private static void setVerbose(String url, Map<String, Object> environment) throws Exception {
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(url), environment)) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      beans.setAttribute(
          new ObjectName("java.lang:type=ClassLoading"), new Attribute("Verbose", false));
    }
  }

  private static String probe(String url, String kind, List<String> options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(JmxProbe.class.getName(), url, kind));
    return run(command);
  }

  private static List<String> trusting(Path store) {
    return List.of(
        "-Djavax.net.ssl.trustStore=" + store, "-Djavax.net.ssl.trustStorePassword=" + KEY);
  }

  private Path keystore(String name) throws Exception {
    Path file = directory.resolve(name);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(
        List.of("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=localhost"));
    command.addAll(List.of("-keystore", file.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", KEY, "-validity", "2"));
    String said = run(command);
    assertThat(file).as(said).exists();
    return file;
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said;
  }

  private void connect(String address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getAllByName(address)[0], port), 2000);
    }
  }

  private static boolean bindable(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    }
  }
}
