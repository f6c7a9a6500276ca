package io.replicator.apply;

import java.util.Iterator;
import java.util.LinkedHashSet;

/** Recent ids are those of the newest changes applied, up to a number. Not thread-safe. */
final class RecentIds {
  private final int most;
  private final LinkedHashSet<String> ids = new LinkedHashSet<>();

  RecentIds(int most) {
    this.most = most;
  }

  boolean contains(String id) {
    return ids.contains(id);
  }

  void add(String id) {
    if (ids.add(id) && ids.size() > most) {
      Iterator<String> oldest = ids.iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
