package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.DriverException;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch of a flow over its node's settings: a node that was restarted with others may write
 * where the capture does not look, and an idle log looks the same. Used by the reading thread.
 */
final class SettingsWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsWatch.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final NodeLink node;
  private final LogHealth health;
  private final Clocks clocks;
  private final Supplier<String> since;
  private Instant failed = Instant.EPOCH;

  /** Whether it was told what is missing while the node goes on as it is. */
  private boolean told;

  /**
   * @param since from when on something is not durable yet, in words
   */
  SettingsWatch(NodeLink node, LogHealth health, Clocks clocks, Supplier<String> since) {
    this.node = node;
    this.health = health;
    this.clocks = clocks;
    this.since = since;
  }

  /**
   * Tells whether the node answers and writes where the capture reads; blocks where it must be
   * asked. Else the flow is BLOCKED, and DEGRADED afterwards.
   */
  boolean holds() {
    Instant now = clocks.steady().instant();
    if (!node.answers() || Duration.between(failed, now).compareTo(PAUSE) < 0) {
      return false;
    }
    try {
      Optional<NodeSettings.Refusal> refusal = node.refusal(now);
      refusal.ifPresentOrElse(this::refused, this::mended);
      return refusal.isEmpty();
    } catch (DriverException e) {
      LOG.debug("the node at {} does not tell its settings", node.address(), e);
      failed = now;
      return false;
    }
  }

  private void refused(NodeSettings.Refusal refusal) {
    String reason = "the Cassandra node at " + node.address() + ": " + refusal.reason();
    health.refused(Optional.of(new Condition(FlowState.BLOCKED, reason, refusal.hint())));
    if (!told && refusal.loses()) {
      told = true;
      // Kept at once, so that a restart of the capture does not forget it; shown, and to be
      // accepted, once the node can be captured again.
      health.lost(
          "the Cassandra node at "
              + node.address()
              + " was restarted with other settings ("
              + refusal.reason()
              + "): what was written to it from "
              + since.get()
              + " until they were mended may be missing");
    }
  }

  private void mended() {
    health.refused(Optional.empty());
    told = false;
  }
}
