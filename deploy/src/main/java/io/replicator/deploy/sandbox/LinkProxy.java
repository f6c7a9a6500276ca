package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A link proxy is the network on which one region reads another: a TCP proxy on the loopback
 * address that can be cut, healed and slowed.
 *
 * <p>Cut, it behaves like a lost network and not like a dead server: nothing is refused,
 * connections stay, and not a byte passes; new connections get no answer. Healed, what was held
 * goes on, as retransmission would have it. Thread-safe.
 */
public final class LinkProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final InetSocketAddress target;
  private final LinkState state = new LinkState();
  private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;

  /**
   * Opens the proxy.
   *
   * @param port where it listens; 0 for any free one
   * @param targetPort where it leads
   */
  public LinkProxy(int port, int targetPort) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    target = new InetSocketAddress(loopback, targetPort);
    try {
      listener = new ServerSocket(port, 50, loopback);
    } catch (IOException e) {
      throw new UncheckedIOException("the link cannot listen on port " + port, e);
    }
    acceptor = new Thread(this::accept, "link-" + listener.getLocalPort());
    acceptor.setDaemon(true);
    acceptor.start();
  }

  /** Returns the port on which it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Loses the network: from now on nothing passes. */
  public void cut() {
    state.cut();
  }

  /** Brings the network back, at full speed. */
  public void heal() {
    state.heal();
  }

  /** Delays everything that passes, each way. */
  public void slow(Duration delay) {
    state.slow(delay);
  }

  /** Tells whether the network is lost. */
  public boolean isCut() {
    return state.isCut();
  }

  /** Returns the delay each way. */
  public Duration delay() {
    return state.delay();
  }

  /** Breaks every connection (RST), as a firewall or a proxy that restarts would. */
  public void reset() {
    connections.forEach(LinkConnection::reset);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the link's listener cannot be closed", e);
    }
    acceptor.interrupt();
    connections.forEach(LinkConnection::reset);
  }

  private void accept() {
    while (!listener.isClosed()) {
      Socket near;
      try {
        near = listener.accept();
      } catch (IOException e) {
        continue; // closed, or a client that was gone before it was accepted
      }
      try {
        state.awaitOpen();
        LinkConnection connection = new LinkConnection(near, target, state, connections::remove);
        connections.add(connection);
        connection.start();
      } catch (InterruptedException e) {
        LinkConnection.reset(near);
        return;
      } catch (IOException e) {
        LinkConnection.reset(near); // nothing listens at the far end: pass that on
      }
    }
  }
}
