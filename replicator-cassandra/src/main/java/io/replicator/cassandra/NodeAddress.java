package io.replicator.cassandra;

import java.net.InetSocketAddress;

/**
 * A node address is where a Cassandra node's clients reach it.
 *
 * @param host a name or a number, as it was written
 * @param port of the CQL protocol
 */
public record NodeAddress(String host, int port) {
  /** Returns the same for a connection, its name looked up now. Blocks. */
  InetSocketAddress resolved() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
