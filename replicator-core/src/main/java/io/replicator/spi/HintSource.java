package io.replicator.spi;

/**
 * A hint source reads a store's word that keys may have changed: notifications, or rows of a
 * listing. Hints may come late, twice and in any order.
 */
public interface HintSource extends AutoCloseable {
  /** Returns what the source knows now; the same rules as {@link ChangeSource#status}. */
  SourceStatus status();

  /** Takes note, as {@link ChangeSource#acceptGap}. */
  default void acceptGap() {}

  /** Stops reading; the same rules as {@link ChangeSource#close}. */
  @Override
  void close();
}
