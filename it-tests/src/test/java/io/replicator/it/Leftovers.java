package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * Leftovers are what a test has started and not ended: processes of its regions, and threads that
 * the tests name. They are told from those of a test that runs beside it: threads by the group of
 * the one that started them, processes by the folder that stands in their command.
 */
final class Leftovers {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> OURS = Set.of("link", "writer", "postbox", "sandbox", "jmx");

  private final ThreadGroup group = new ThreadGroup("watched for leftovers");
  private volatile Path folder;

  /** A test that starts regions. */
  interface Watched {
    /** Runs it; its regions are to be {@linkplain #watch watched} once they are up. */
    void run(Leftovers leftovers) throws Exception;
  }

  private Leftovers() {}

  /** Runs a test, and waits until all that it started is gone. */
  static void assertNoneOf(Watched test) throws Exception {
    Leftovers leftovers = new Leftovers();
    leftovers.runInGroup(
        () -> {
          test.run(leftovers);
          return null;
        });
    leftovers.assertNone();
  }

  private void runInGroup(Callable<Void> test) throws Exception {
    FutureTask<Void> task = new FutureTask<>(test);
    new Thread(group, task, "watched").start();
    try {
      task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw (Error) e.getCause();
    }
  }

  /** Says which regions are the test's; they are up. */
  void watch(TwoRegions regions) {
    folder = regions.folder();
    assertThat(processes()).as("processes in " + folder).isNotEmpty();
    assertThat(threads()).as("threads of " + group.getName()).isNotEmpty();
  }

  private void assertNone() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(processes()).as("processes left").isEmpty();
              assertThat(threads()).as("threads left").isEmpty();
            });
  }

  private Stream<String> processes() {
    return ProcessHandle.current()
        .descendants()
        .map(process -> process.pid() + " " + process.info().commandLine().orElse(""))
        .filter(process -> process.contains(folder.toString()));
  }

  private Stream<String> threads() {
    Thread[] threads = new Thread[Thread.activeCount() + group.activeCount() + 100];
    return Arrays.stream(threads, 0, group.enumerate(threads))
        .map(Thread::getName)
        .filter(name -> OURS.contains(name.split("-", 2)[0]));
  }
}
