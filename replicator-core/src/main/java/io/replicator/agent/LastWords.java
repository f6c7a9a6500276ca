package io.replicator.agent;

import io.replicator.model.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The last words are what this agent has last to say of its captures that were closed, by resource.
 * They are kept for as long as a change topic keeps what those wrote, and of the latest so many:
 * reloads may close what they like. Thread-safe.
 */
final class LastWords {
  static final int MOST = 1_000;

  private record Word(Status.CaptureStatus status, Instant since) {}

  private final InstantSource steady;
  private final Duration retention;
  private final Map<String, Word> words = new LinkedHashMap<>();

  LastWords(InstantSource steady, Duration retention) {
    this.steady = steady;
    this.retention = retention;
  }

  /** Takes note of what a capture says that was closed. */
  synchronized void note(Resource resource, Status.CaptureStatus status) {
    words.remove(resource.toString()); // it goes behind the others
    words.put(resource.toString(), new Word(status, steady.instant()));
    if (words.size() > MOST) {
      words.remove(words.keySet().iterator().next());
    }
  }

  /** Forgets a resource that is captured again: the new capture tells of the former one. */
  synchronized void forget(Resource resource) {
    words.remove(resource.toString());
  }

  /** Returns them, by resource. */
  synchronized Map<String, Status.CaptureStatus> all() {
    Instant limit = steady.instant().minus(retention);
    words.values().removeIf(word -> word.since().isBefore(limit));
    Map<String, Status.CaptureStatus> all = new TreeMap<>();
    words.forEach((resource, word) -> all.put(resource, word.status()));
    return all;
  }
}
