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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conditions are all that is the matter with one flow, each under the name of its cause; those of
 * the gravest state together are the flow's condition. Every change of that is one log line, and so
 * is the first gap of a kind that comes behind others. Where a flow has both ends in one agent,
 * each end has a name space of its own in them. Thread-safe.
 */
public final class Conditions {
  private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);

  /** So many causes of one state are said; an operator has enough to do with them. */
  private static final int MOST = 5;

  /**
   * What is said of the flow.
   *
   * @param causes what it was joined of, as far as it is said
   */
  private record Present(Condition condition, List<Condition> causes) {}

  private final String name;
  private final Optional<Conditions> whole;
  private final Optional<String> jmx;
  private final Map<String, Condition> causes = new LinkedHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Condition>> showings = new CopyOnWriteArrayList<>();
  private volatile Present present = new Present(Condition.RUNNING, List.of());

  /** Is told each change of the flow's state, and each gap. */
  public interface Listener {
    void changed(FlowState from, Condition to);

    /** A gap joined what is the matter already, and does not change the state. */
    default void gapFound(FlowState state, Condition gap) {}
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
   * Has the condition of each cause told that somebody is shown: a line of the log has it, or
   * {@link #show} returned it, perhaps with those of others. Told on the thread that shows it; must
   * not block.
   */
  public void whenShown(Consumer<Condition> showing) {
    whole.ifPresentOrElse(flow -> flow.whenShown(showing), () -> showings.add(showing));
  }

  /** Returns the gravest condition of the flow, joined of all causes of its state, or RUNNING. */
  public Condition present() {
    return whole.isPresent() ? whole.get().present() : present.condition();
  }

  /** Tells whether a gap is among the causes, also behind a graver one. */
  public synchronized boolean isGapKnown() {
    return whole.isPresent()
        ? whole.get().isGapKnown()
        : causes.values().stream().anyMatch(Condition::isGap);
  }

  /** Returns {@link #present} for somebody who reads it. */
  public Condition show() {
    return whole.isPresent() ? whole.get().show() : shown(present);
  }

  private Condition shown(Present what) {
    showings.forEach(showing -> what.causes().forEach(showing));
    return what.condition();
  }

  /** Sets what is the matter for a cause; RUNNING clears it. */
  public synchronized void set(String cause, Condition condition) {
    if (whole.isPresent()) {
      whole.get().set(name + " " + cause, condition);
      return;
    }
    Condition anew = jmx.map(place -> at(place, condition)).orElse(condition);
    Condition known =
        anew.state() == FlowState.RUNNING ? causes.remove(cause) : causes.put(cause, anew);
    Present next = gravest();
    FlowState before = present.condition().state();
    boolean stays = before == next.condition().state();
    if (!next.equals(present)) {
      report(next);
      present = next;
      if (!stays) {
        listeners.forEach(listener -> listener.changed(before, next.condition()));
      }
    }
    if (stays && anew.isGap() && (known == null || !known.isGap())) {
      LOG.warn("flow {}: {}, and besides: {}. {}", name, before, anew.reason(), anew.hint());
      listeners.forEach(listener -> listener.gapFound(before, anew));
    }
  }

  /** A cause that stands behind another of the same state must be heard of, too. */
  private Present gravest() {
    FlowState state =
        FlowState.GRAVEST_FIRST.stream()
            .filter(it -> causes.values().stream().anyMatch(one -> one.state() == it))
            .findFirst()
            .orElse(FlowState.RUNNING);
    List<Condition> all = causes.values().stream().filter(one -> one.state() == state).toList();
    // Two causes may be seen by one outage: it is said once.
    Map<String, String> hints = new LinkedHashMap<>();
    all.forEach(one -> hints.putIfAbsent(one.reason(), one.hint()));
    List<String> said = hints.keySet().stream().limit(MOST).toList();
    int left = hints.size() - said.size();
    return new Present(
        new Condition(
            state,
            String.join("; ", said) + (left > 0 ? "; and " + left + " more" : ""),
            said.stream()
                .map(hints::get)
                .filter(hint -> !hint.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "))),
        all.stream().filter(one -> said.contains(one.reason())).toList());
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

  private void report(Present anew) {
    FlowState before = present.condition().state();
    Condition next = anew.condition();
    if (next.state() == before) {
      LOG.debug("flow {}: {}: {}", name, next.state(), next.reason());
    } else if (next.state() == FlowState.RUNNING) {
      LOG.info("flow {}: RUNNING again, was {}", name, before);
    } else {
      LOG.warn("flow {}: {}: {}. {}", name, next.state(), next.reason(), next.hint());
      shown(anew);
    }
  }
}
