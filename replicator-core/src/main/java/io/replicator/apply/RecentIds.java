package io.replicator.apply;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.function.IntSupplier;

/** Recent ids are those of the newest changes applied, up to a number. Not thread-safe. */
final class RecentIds {
  private final IntSupplier most;
  private final LinkedHashSet<String> ids = new LinkedHashSet<>();

  /**
   * @param most how many; may change
   */
  RecentIds(IntSupplier most) {
    this.most = most;
  }

  boolean contains(String id) {
    return ids.contains(id);
  }

  void add(String id) {
    if (ids.add(id)) {
      trim();
    }
  }

  /** Lets go of the oldest that are too many. */
  void trim() {
    Iterator<String> oldest = ids.iterator();
    for (int surplus = ids.size() - most.getAsInt(); surplus > 0; surplus--) {
      oldest.next();
      oldest.remove();
    }
  }
}
