package io.replicator.s3;

import io.replicator.fixture.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.awaitility.Awaitility;

/** S3Mock in a process of its own, on a free port of the loopback interface. */
final class MockServer implements AutoCloseable {
  private final Process process;
  private final int port;

  private MockServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static MockServer start() {
    int port = FreePort.next();
    try {
      Process process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-Xmx256m",
                      "-XX:+UseSerialGC",
                      "-XX:TieredStopAtLevel=1",
                      "-jar",
                      Path.of("target", "s3mock.jar").toString(),
                      "--http.port=" + port,
                      "--server.port=" + FreePort.next(),
                      "--server.address=127.0.0.1",
                      "--spring.main.allow-bean-definition-overriding=true",
                      "--spring.main.sources=" + loopbackOnly()))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      MockServer server = new MockServer(process, port);
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(server::answers);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its connector for plain HTTP does not look at the server's address. */
  private static URL loopbackOnly() {
    return Objects.requireNonNull(MockServer.class.getResource("/s3mock.xml"));
  }

  Place place() {
    return new Place(
        "us-east-1", Optional.of(URI.create("http://127.0.0.1:" + port)), Optional.empty());
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("S3Mock does not start");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false; // not yet
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
