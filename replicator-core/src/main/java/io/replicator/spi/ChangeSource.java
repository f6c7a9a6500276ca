package io.replicator.spi;

import io.replicator.model.Condition;

/**
 * A change source reads local changes out of a store and acknowledges each one only after the sink
 * has made it durable.
 *
 * <p>A change may be offered again after a crash or a lost acknowledgement, with the same id. The
 * source never stops by itself: what is wrong with the store shows in {@link #status} while it goes
 * on trying.
 */
public interface ChangeSource extends AutoCloseable {
  /** Returns what the source knows now. Called every second, on any thread; no I/O, no waiting. */
  SourceStatus status();

  /**
   * Returns how many entries of the store's log were passed over since this was opened, because
   * what they wrote to was dropped since. As {@link #status}.
   */
  default long passedOver() {
    return 0;
  }

  /**
   * Returns how many files of the store's log were set aside since this was opened, because they,
   * or entries of theirs, could not be read. As {@link #status}.
   */
  default long setAside() {
    return 0;
  }

  /**
   * Takes note that a condition was shown to an operator. {@link #status} alone shows nothing: it
   * is called every second, whether or not somebody looks.
   *
   * @param condition of one cause that the flow has, in the words of {@link #status} where that is
   *     the source itself; the hint may have been completed
   */
  default void shown(Condition condition) {}

  /**
   * Takes note that an operator takes as lost what {@link #status} says is missing; a source that
   * knows what was {@link #shown} leaves what was met since.
   */
  default void acceptGap() {}

  /**
   * Stops reading, acknowledges what the sink made durable, and gives the rest back to the store.
   * Waits for both, 10 s at most.
   */
  @Override
  void close();
}
