package io.replicator.agent;

import io.replicator.config.JmxConfig;
import io.replicator.jmx.RemoteJmx;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a process of ours has opened, to be closed in reverse order. Used by one thread. */
final class Opened implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Returns what it is given, and closes it in its turn. */
  <T extends AutoCloseable> T keep(T resource) {
    opened.push(resource);
    return resource;
  }

  /**
   * Opens remote JMX, if it is configured.
   *
   * @throws ReplicationException of kind FATAL if that cannot be
   */
  void jmx(JmxConfig config) {
    try {
      RemoteJmx.open(config).ifPresent(this::keep);
    } catch (IOException e) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          "jmx.port: "
              + config.port()
              + " on "
              + config.host()
              + " cannot be opened: "
              + e.getMessage(),
          "choose a free port (a mirror beside an agent with the same file: --jmx-port), an"
              + " address of this machine, and key and password files that can be read",
          e);
    }
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      closeOne(opened.pop());
    }
  }

  /** What cannot be closed must not keep the rest open. */
  static void closeOne(AutoCloseable resource) {
    try {
      resource.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("closing {} failed", resource.getClass().getSimpleName(), e);
    }
  }
}
