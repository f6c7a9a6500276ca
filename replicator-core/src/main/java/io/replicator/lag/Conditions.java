package io.replicator.lag;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conditions are all that is the matter with one flow, each under the name of its cause; the
 * gravest is the flow's condition. Every change of it is one log line. Thread-safe.
 */
public final class Conditions {
  private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);

  /** What an operator has to know first stands first. */
  private static final List<FlowState> GRAVEST_FIRST =
      List.of(
          FlowState.FAILED,
          FlowState.NEEDS_UPGRADE,
          FlowState.PAUSED,
          FlowState.BLOCKED,
          FlowState.DEGRADED);

  private final String flow;
  private final Map<String, Condition> causes = new LinkedHashMap<>();
  private volatile Condition present = Condition.RUNNING;

  /**
   * @param flow its name in the log
   */
  public Conditions(String flow) {
    this.flow = flow;
  }

  /** Returns the gravest condition, or RUNNING. */
  public Condition present() {
    return present;
  }

  /** Sets what is the matter for a cause; RUNNING clears it. */
  public synchronized void set(String cause, Condition condition) {
    if (condition.state() == FlowState.RUNNING) {
      causes.remove(cause);
    } else {
      causes.put(cause, condition);
    }
    Condition gravest =
        GRAVEST_FIRST.stream()
            .flatMap(state -> causes.values().stream().filter(one -> one.state() == state))
            .findFirst()
            .orElse(Condition.RUNNING);
    if (!gravest.equals(present)) {
      report(gravest);
      present = gravest;
    }
  }

  /** Says that a cause is the matter no longer. */
  public void clear(String cause) {
    if (present.state() == FlowState.RUNNING) {
      return;
    }
    set(cause, Condition.RUNNING);
  }

  private void report(Condition next) {
    if (next.state() == present.state()) {
      LOG.debug("flow {}: {}: {}", flow, next.state(), next.reason());
    } else if (next.state() == FlowState.RUNNING) {
      LOG.info("flow {}: RUNNING again, was {}", flow, present.state());
    } else {
      LOG.warn("flow {}: {}: {}. {}", flow, next.state(), next.reason(), next.hint());
    }
  }
}
