package io.replicator.deploy.demo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An object tally keeps count of the objects that one region writes and another shows: what each
 * key holds, and for which keys the other does not show that yet. Thread-safe.
 */
final class ObjectTally {
  /**
   * A tally at one moment.
   *
   * @param writes puts and deletes that the source region's bucket confirmed
   * @param behind keys that do not show the last of them yet
   * @param different how often a key showed what nobody had written there
   */
  record Count(long writes, long behind, long different) {}

  private final Map<String, Optional<String>> last = new HashMap<>();
  private final Map<String, Set<String>> contents = new HashMap<>();
  private final Set<String> behind = new HashSet<>();
  private long writes;
  private long different;

  /** Remembers what is about to be written. */
  synchronized void writing(String key, Optional<String> content) {
    content.ifPresent(text -> contents.computeIfAbsent(key, any -> new HashSet<>()).add(text));
  }

  /** The source region's bucket has confirmed a put, or a delete. */
  synchronized void written(String key, Optional<String> content) {
    writes++;
    last.put(key, content);
    behind.add(key);
  }

  /** Returns the keys to look at. */
  synchronized List<String> behind() {
    return List.copyOf(behind);
  }

  /** The other region showed a content, or none. */
  synchronized void seen(String key, Optional<String> content) {
    if (last.get(key).equals(content)) {
      behind.remove(key);
    } else if (content.isPresent() && !contents.get(key).contains(content.get())) {
      different++;
    }
  }

  /** Returns the counts as they are now. */
  synchronized Count count() {
    return new Count(writes, behind.size(), different);
  }
}
