package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Leftovers are what is there after a test and was not before: processes of this one, and threads
 * that the tests name.
 */
final class Leftovers {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> OURS = Set.of("link", "writer", "postbox", "sandbox", "jmx");

  private final Set<Long> processes = processes();
  private final Set<Long> threads =
      threads().stream().map(Thread::getId).collect(Collectors.toSet());

  /** Waits until all that came since is gone. */
  void assertNone() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(processes()).isSubsetOf(processes);
              assertThat(threads()).allMatch(thread -> threads.contains(thread.getId()));
            });
  }

  private static Set<Long> processes() {
    return ProcessHandle.current()
        .descendants()
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> OURS.contains(thread.getName().split("-", 2)[0]))
        .collect(Collectors.toSet());
  }
}
