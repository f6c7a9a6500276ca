package io.replicator.deploy.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/**
 * A control server takes orders for the sandbox from other processes of its user: one line per
 * connection, the token and the order, answered by one line.
 */
public final class ControlServer implements AutoCloseable {
  private static final int PATIENCE_MS = 2_000;

  private final ServerSocket listener;
  private final String token;
  private final UnaryOperator<String> orders;
  private final Thread thread = new Thread(this::serve, "control");

  /**
   * Opens the server on a free port of the loopback address.
   *
   * @param orders carries an order out and returns what to answer; called by one thread
   */
  public ControlServer(UnaryOperator<String> orders) {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    token = HexFormat.of().formatHex(random);
    this.orders = orders;
    try {
      listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("the sandbox cannot listen for orders", e);
    }
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Returns what orders must begin with. */
  public String token() {
    return token;
  }

  /** Takes no more orders, and waits a while for the one that is being carried out. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the control server cannot be closed", e);
    }
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      // Only now is the port given back: until then a client may still be accepted.
      thread.join(PATIENCE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    while (!listener.isClosed()) {
      serveOne();
    }
  }

  /** Whatever fails here is that client's affair, or the end of this server. */
  private void serveOne() {
    try (Socket client = listener.accept()) {
      client.setSoTimeout(PATIENCE_MS);
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      String line = reader.readLine();
      String answer = line == null ? "" : answer(line);
      client.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return;
    }
  }

  private String answer(String line) {
    int space = line.indexOf(' ');
    String given = space < 0 ? line : line.substring(0, space);
    boolean known =
        MessageDigest.isEqual(
            given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    return known ? orders.apply(line.substring(space + 1)) : "refused: wrong token";
  }
}
