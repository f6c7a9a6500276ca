package io.replicator.agent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process's own health: whether it has started, and whether its Kafka answers. Thread-safe. */
final class AgentHealth {
  private static final Logger LOG = LoggerFactory.getLogger(AgentHealth.class);

  private record Health(String state, String reason, String hint) {}

  private final String who;
  private volatile Health present = new Health("STARTING", "", "");

  /**
   * @param who what the log calls the process
   */
  AgentHealth(String who) {
    this.who = who;
  }

  synchronized void running() {
    if (!present.state().equals("RUNNING")) {
      LOG.info("{}: RUNNING, was {}", who, present.state());
      present = new Health("RUNNING", "", "");
    }
  }

  synchronized void blocked(String reason, String hint) {
    if (!present.state().equals("BLOCKED")) {
      LOG.warn("{}: BLOCKED: {}. {}", who, reason, hint);
    }
    present = new Health("BLOCKED", reason, hint);
  }

  String state() {
    return present.state();
  }

  String reason() {
    return present.reason();
  }

  String hint() {
    return present.hint();
  }
}
