package io.replicator.apply;

/** The work on the entries of lanes: what becomes of one whose turn it is. Thread-safe. */
interface Work {
  /**
   * Begins an entry that is not done yet; it is finished with {@link Lane#release} and {@link
   * Lane#settle}.
   */
  void begin(Lane lane, Entry entry);

  /** Tells whether new work may be begun. */
  boolean isOpen();

  /** A change passes that was had before, perhaps since it failed. */
  void duplicate(Entry entry);

  /** An entry is given up with its partition before it could begin, perhaps not the first time. */
  void dropped(Entry entry);
}
