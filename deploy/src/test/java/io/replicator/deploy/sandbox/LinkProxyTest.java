package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkProxyTest {
  private ServerSocket echo;
  private LinkProxy link;

  @BeforeEach
  void open() throws IOException {
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread server = new Thread(this::serve, "echo");
    server.setDaemon(true);
    server.start();
    link = new LinkProxy(0, echo.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    echo.close();
  }

  @Test
  void bytesPassBothWays() throws IOException {
    try (Socket client = connect()) {
      assertThat(exchange(client, 17)).isEqualTo(17);
    }
  }

  @Test
  void nothingPassesWhileCutAndWhatWasHeldArrivesOnceHealed() throws IOException {
    try (Socket client = connect()) {
      assertThat(exchange(client, 1)).isEqualTo(1);
      link.cut();
      client.getOutputStream().write(2);
      client.setSoTimeout(300);
      assertThat(link.isCut()).isTrue();
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      link.heal();
      client.setSoTimeout(5_000);
      assertThat(client.getInputStream().read()).isEqualTo(2);
    }
  }

  @Test
  void aConnectionMadeWhileCutIsNotRefusedAndIsAnsweredOnceHealed() throws IOException {
    link.cut();
    try (Socket client = connect()) {
      client.getOutputStream().write(3);
      client.setSoTimeout(300);
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      link.heal();
      client.setSoTimeout(5_000);
      assertThat(client.getInputStream().read()).isEqualTo(3);
    }
  }

  @Test
  void whatWasHeldByAStalledLinkIsLostAndItsConnectionsBreakOnceHealed() throws IOException {
    try (Socket before = connect();
        ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(exchange(before, 1)).isEqualTo(1);
      link.stall();
      try (Socket during = connect()) {
        for (Socket client : List.of(before, during)) {
          client.getOutputStream().write(2);
          client.setSoTimeout(300);
          assertThatThrownBy(() -> client.getInputStream().read())
              .isInstanceOf(SocketTimeoutException.class);
        }
        link.lead(other.getLocalPort());
        link.heal();
        await().until(() -> isBroken(before));
        await().until(() -> isBroken(during));
      }
      other.setSoTimeout(300);
      assertThatThrownBy(other::accept).isInstanceOf(SocketTimeoutException.class);
    }
    link.lead(echo.getLocalPort());
    try (Socket again = connect()) {
      assertThat(exchange(again, 3)).isEqualTo(3);
    }
  }

  @Test
  void aLinkThatLeadsElsewhereKeepsWhatIsOpen() throws IOException {
    try (Socket before = connect();
        ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(exchange(before, 1)).isEqualTo(1);
      link.lead(other.getLocalPort());
      other.setSoTimeout(5_000);
      try (Socket after = connect();
          Socket arrived = other.accept()) {
        after.getOutputStream().write(2);
        assertThat(arrived.getInputStream().read()).isEqualTo(2);
      }
      assertThat(exchange(before, 3)).isEqualTo(3);
    }
  }

  @Test
  void aSlowLinkDelaysEachWay() throws IOException {
    try (Socket client = connect()) {
      exchange(client, 1);
      link.slow(Duration.ofMillis(150));
      long begin = System.nanoTime();
      exchange(client, 2);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(300));
    }
  }

  @Test
  void aResetBreaksConnectionsAndTheNextOneWorks() throws IOException {
    try (Socket client = connect()) {
      exchange(client, 1);
      link.reset();
      await().until(() -> isBroken(client));
    }
    try (Socket again = connect()) {
      assertThat(exchange(again, 2)).isEqualTo(2);
    }
  }

  @Test
  void aServerThatIsGoneShowsAsABrokenConnection() throws IOException {
    // Bound and not listening: refused for certain, and the port is nobody else's meanwhile. One
    // that
    // has just been closed may still accept what its thread was waiting for.
    try (Socket reserved = new Socket()) {
      reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (LinkProxy toNobody = new LinkProxy(0, reserved.getLocalPort());
          Socket client = new Socket(InetAddress.getLoopbackAddress(), toNobody.port())) {
        client.setSoTimeout(5_000);
        await().until(() -> isBroken(client));
      }
    }
  }

  @Test
  void theEndOfOneSideReachesTheOther() throws IOException {
    try (Socket client = connect()) {
      exchange(client, 1);
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
    socket.setSoTimeout(5_000);
    return socket;
  }

  private static int exchange(Socket client, int sent) throws IOException {
    client.getOutputStream().write(sent);
    return client.getInputStream().read();
  }

  private static boolean isBroken(Socket client) {
    try {
      client.getOutputStream().write(1);
      return client.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private void serve() {
    while (!echo.isClosed()) {
      try {
        Socket client = echo.accept();
        Thread thread = new Thread(() -> echo(client), "echo-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void echo(Socket client) {
    try (client) {
      client.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      return; // the proxy broke it
    }
  }
}
