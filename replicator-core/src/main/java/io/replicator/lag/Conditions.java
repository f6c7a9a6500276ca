package io.replicator.lag;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conditions are all that is the matter with one flow, each under the name of its cause; the
 * gravest is the flow's condition. Every change of it is one log line. Where a flow has both ends
 * in one agent, each end has a name space of its own in them. Thread-safe.
 */
public final class Conditions {
  private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);

  private final String name;
  private final Optional<Conditions> whole;
  private final Optional<String> jmx;
  private final Map<String, Condition> causes = new LinkedHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Condition>> showings = new CopyOnWriteArrayList<>();
  private volatile Condition present = Condition.RUNNING;

  /** Is told each change of the flow's state. */
  public interface Listener {
    void changed(FlowState from, Condition to);
  }

  /**
   * @param flow its name in the log
   */
  public Conditions(String flow) {
    this(flow, Optional.empty(), Optional.empty());
  }

  private Conditions(String name, Optional<Conditions> whole, Optional<String> jmx) {
    this.name = name;
    this.whole = whole;
    this.jmx = jmx;
  }

  /**
   * Returns the conditions of a flow that one process of several has: the commands that hints name
   * are to be given to this one.
   *
   * @param jmx where it is reached, as {@code --jmx} takes it; empty if nowhere
   */
  public static Conditions reachedAt(String flow, Optional<String> jmx) {
    return new Conditions(flow, Optional.empty(), jmx);
  }

  /** Has each change of the flow's state told, on the thread that caused it. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** Returns what one end of the flow calls its conditions: part of these, with its own causes. */
  public Conditions end(String name) {
    return new Conditions(name, Optional.of(this), Optional.empty());
  }

  /**
   * Has each condition of the flow told that somebody is shown: a line of the log has it, or {@link
   * #show} returned it. Told on the thread that shows it; must not block.
   */
  public void whenShown(Consumer<Condition> showing) {
    whole.ifPresentOrElse(flow -> flow.whenShown(showing), () -> showings.add(showing));
  }

  /** Returns the gravest condition of the flow, or RUNNING. */
  public Condition present() {
    return whole.isPresent() ? whole.get().present() : present;
  }

  /** Returns {@link #present} for somebody who reads it. */
  public Condition show() {
    return whole.isPresent() ? whole.get().show() : shown(present);
  }

  private Condition shown(Condition condition) {
    showings.forEach(showing -> showing.accept(condition));
    return condition;
  }

  /** Sets what is the matter for a cause; RUNNING clears it. */
  public synchronized void set(String cause, Condition condition) {
    if (whole.isPresent()) {
      whole.get().set(name + " " + cause, condition);
      return;
    }
    if (condition.state() == FlowState.RUNNING) {
      causes.remove(cause);
    } else {
      causes.put(cause, jmx.map(place -> at(place, condition)).orElse(condition));
    }
    Condition gravest =
        FlowState.GRAVEST_FIRST.stream()
            .flatMap(state -> causes.values().stream().filter(one -> one.state() == state))
            .findFirst()
            .orElse(Condition.RUNNING);
    if (!gravest.equals(present)) {
      report(gravest);
      FlowState before = present.state();
      present = gravest;
      if (before != gravest.state()) {
        listeners.forEach(listener -> listener.changed(before, gravest));
      }
    }
  }

  /** Completes each command about the flow in a hint, so that it can be pasted. */
  private Condition at(String place, Condition condition) {
    String hint =
        condition
            .hint()
            .replaceAll(
                "replicator [a-z-]+ " + Pattern.quote(name) + "(?![\\w.-])",
                "$0 --jmx " + Matcher.quoteReplacement(place));
    return new Condition(condition.state(), condition.reason(), hint);
  }

  /** Says that a cause is the matter no longer. */
  public void clear(String cause) {
    if (present().state() == FlowState.RUNNING) {
      return;
    }
    set(cause, Condition.RUNNING);
  }

  private void report(Condition next) {
    if (next.state() == present.state()) {
      LOG.debug("flow {}: {}: {}", name, next.state(), next.reason());
    } else if (next.state() == FlowState.RUNNING) {
      LOG.info("flow {}: RUNNING again, was {}", name, present.state());
    } else {
      LOG.warn("flow {}: {}: {}. {}", name, next.state(), next.reason(), next.hint());
      shown(next);
    }
  }
}
