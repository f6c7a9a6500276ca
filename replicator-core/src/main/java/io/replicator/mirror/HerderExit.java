package io.replicator.mirror;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.utils.Exit;

/**
 * A herder exit is MirrorMaker's wish to end the process: its worker asks for that whenever it
 * cannot go on, for example because the local Kafka did not answer while it started. In an agent
 * only the mirror may end; so the wish is noted, and the mirror started again.
 *
 * <p>Kafka has one exit procedure for the whole process. Wishes of other threads are granted.
 */
final class HerderExit {
  private static final String THREAD = "MirrorHerder-";
  private static final Map<String, Runnable> WATCHED = new ConcurrentHashMap<>();

  private HerderExit() {}

  /** Has {@code noted} called, on the worker's thread, when the worker of this flow gives up. */
  static void watch(String flow, Runnable noted) {
    WATCHED.put(threadPrefix(flow), noted);
    Exit.setExitProcedure(HerderExit::exit);
  }

  static void unwatch(String flow) {
    WATCHED.remove(threadPrefix(flow));
  }

  private static void exit(int status, String message) {
    String thread = Thread.currentThread().getName();
    if (!thread.startsWith(THREAD)) {
      Runtime.getRuntime().exit(status);
    }
    // Also one that nobody watches any more must not end the process: it was slow to stop.
    WATCHED.forEach(
        (prefix, noted) -> {
          if (thread.startsWith(prefix)) {
            noted.run();
          }
        });
  }

  private static String threadPrefix(String flow) {
    return THREAD + flow + "-";
  }
}
