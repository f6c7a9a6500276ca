package io.replicator.deploy.status;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An agent watch reads an agent's beans once a second and keeps the last reading. */
public final class AgentWatch implements AutoCloseable {
  private final AgentConnection connection;
  private final Thread thread;
  private volatile AgentStatus last;
  private volatile boolean asked;

  /** Begins to watch the agent at a JMX service URL. */
  public AgentWatch(String url) {
    connection = new AgentConnection(url, Map.of());
    last = new AgentStatus.Silent(url, "not asked yet");
    thread = new Thread(this::watch, "agent-watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns the last reading. */
  public AgentStatus last() {
    return last;
  }

  /** Tells whether there was a reading yet. */
  public boolean hasAsked() {
    return asked;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        last = connection.read();
        asked = true;
        TimeUnit.MILLISECONDS.sleep(900);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }
}
