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
 * address that can be cut, stalled, healed, slowed and led elsewhere.
 *
 * <p>Cut, it behaves like a lost network and not like a dead server: nothing is refused,
 * connections stay, and not a byte passes; new connections get no answer. Healed, what was held
 * goes on, as retransmission would have it. Stalled, it behaves like a far end that is gone without
 * a word and leaves half-open connections: the same to see, but what was held is lost, and healed,
 * the connections break. Thread-safe.
 */
public final class LinkProxy implements AutoCloseable {
  private final ServerSocket listener;
  private volatile InetSocketAddress target;
  private final LinkState state = new LinkState();
  private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
  private final Set<Socket> halfOpen = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;

  /**
   * Opens the proxy.
   *
   * @param port where it listens; 0 for any free one
   * @param targetPort where it leads
   */
  public LinkProxy(int port, int targetPort) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    lead(targetPort);
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

  /** Leaves connections half open: from now on nothing passes, and it never will. */
  public void stall() {
    state.stall();
  }

  /** Brings the network back, at full speed. */
  public void heal() {
    if (state.isStalled()) {
      reset();
    }
    state.heal();
    halfOpen.forEach(LinkConnection::reset);
    halfOpen.clear();
  }

  /**
   * Has new connections lead to another port of this machine, as a changed name or a proxy in
   * between would; those that are open stay.
   */
  public void lead(int targetPort) {
    target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
  }

  /** Delays everything that passes, each way. */
  public void slow(Duration delay) {
    state.slow(delay);
  }

  /** Tells whether the network is lost: cut or stalled. */
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
    reset();
    halfOpen.forEach(LinkConnection::reset);
  }

  /** Leaves a connection unanswered; if the link was healed meanwhile, breaks it at once. */
  private void hold(Socket near) {
    halfOpen.add(near);
    if (!state.isStalled() && halfOpen.remove(near)) {
      LinkConnection.reset(near);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      Socket near;
      try {
        near = listener.accept();
      } catch (IOException e) {
        continue; // closed, or a client that was gone before it was accepted
      }
      if (state.isStalled()) {
        hold(near);
        continue;
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
