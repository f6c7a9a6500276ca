package io.replicator.agent;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reloads of an agent: one after the other, on a thread of their own, so that none ends halfway
 * when who asked for it goes away. Thread-safe.
 */
final class Reloads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);

  /** A reload waits for flows that hand over, which give up a little earlier. */
  private static final Duration LAST = Duration.ofSeconds(100);

  private record Result(String text, String time, long failures) {}

  private final InstantSource clock;
  private final ThreadPoolExecutor thread;
  private volatile Supplier<String> reload;
  private volatile Result last = new Result("", "", 0);

  Reloads(InstantSource clock) {
    this.clock = clock;
    thread =
        new ThreadPoolExecutor(
            1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Reloads::named);
    thread.allowCoreThreadTimeOut(true);
  }

  private static Thread named(Runnable task) {
    Thread thread = new Thread(task, "reload");
    thread.setDaemon(true);
    return thread;
  }

  /** From now on the agent can reload. */
  void ready(Supplier<String> reload) {
    this.reload = reload;
  }

  /** Asks for a reload; what comes of it is in the log, and remembered. */
  void request() {
    try {
      var unused = submit();
    } catch (RejectedExecutionException e) {
      LOG.info("no reload: the agent is stopping");
    }
  }

  /**
   * Reloads, and returns what was changed.
   *
   * @throws IllegalStateException if nothing was, or not all; its message says why
   */
  String now() {
    try {
      return submit().get();
    } catch (ExecutionException e) {
      // A client of JMX may not have our classes, so none of them may travel along.
      throw new IllegalStateException(e.getCause().getMessage());
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("nothing was changed: the agent is stopping");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted; the reload goes on, its result will be shown");
    }
  }

  private Future<String> submit() {
    return thread.submit(this::run);
  }

  private String run() {
    try {
      Supplier<String> present = reload;
      if (present == null) {
        throw new IllegalStateException(
            "nothing was changed: the agent is still starting\n  what mends it: reload again once"
                + " its state is RUNNING");
      }
      String result = present.get();
      LOG.info("reload: {}", result);
      last = new Result(result, time(), last.failures());
      return result;
    } catch (RuntimeException e) {
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      if (e instanceof IllegalStateException) {
        LOG.warn("reload: {}", why);
      } else {
        LOG.error("reload failed; please report this", e);
      }
      last = new Result(why, time(), last.failures() + 1);
      throw new IllegalStateException(why, e);
    }
  }

  private String time() {
    return clock.instant().toString();
  }

  /** Returns what the last reload changed, or why it did not; empty if there was none. */
  String lastText() {
    return last.text();
  }

  /** Returns when the last reload ended; empty if there was none. */
  String lastTime() {
    return last.time();
  }

  /** Returns how many reloads changed nothing, or not all that they should. */
  long failures() {
    return last.failures();
  }

  /** Waits for the reload that is under way. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("a reload did not end within {} s", LAST.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
