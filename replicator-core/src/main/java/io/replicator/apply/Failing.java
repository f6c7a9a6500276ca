package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * The failing entries of a flow that hold it back, each for a reason of its own, as its conditions
 * show them together with what parked keys wait for. Thread-safe.
 */
final class Failing {
  /** A change that failed this often in a row is worth an operator's look. */
  static final int CONSPICUOUS = 5;

  private final Conditions conditions;
  private final Supplier<? extends Collection<Condition>> parked;
  private final Waits<Entry> waits = new Waits<>();

  /**
   * @param parked tells what parked keys wait for; takes none of our locks
   */
  Failing(Conditions conditions, Supplier<? extends Collection<Condition>> parked) {
    this.conditions = conditions;
    this.parked = parked;
  }

  /** Takes note that an entry waits for a reason that an operator can see to. */
  synchronized void add(Entry entry, FlowState state, ReplicationException why) {
    if (waits.set(entry, condition(state, why))) {
      lookIfFew();
    }
  }

  /** Takes note that nothing is waited for any more because of an entry. */
  void forget(Entry entry) {
    if (entry.tries.attempts > 0) {
      remove(entry);
    }
  }

  private synchronized void remove(Entry entry) {
    if (waits.remove(entry)) {
      lookIfFew();
    }
  }

  /**
   * Shows the first one and the end of the last at once. The others are shown by the next {@link
   * #look}: many are held while a store is away, and each may fail in words of its own.
   */
  private void lookIfFew() {
    if (waits.count() <= 1) {
      look();
    }
  }

  /** Lets go of all of them. */
  synchronized void clear() {
    waits.clear();
    look();
  }

  /** Shows what is waited for now, here and by parked keys. Called about once a second. */
  synchronized void look() {
    List<Condition> all = new ArrayList<>(waits.all());
    all.addAll(parked.get());
    conditions.set("failing", Waits.joined(all));
  }

  static Condition condition(FlowState state, ReplicationException e) {
    return new Condition(state, e.getMessage(), e.hint());
  }
}
