package io.replicator.deploy;

import io.replicator.deploy.process.Supervised;
import io.replicator.spi.ReplicationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;

/**
 * Runs something of ours until SIGTERM or Ctrl-C, then closes it: exit code 0, or 1 where it
 * refuses to start.
 *
 * @param <T> what runs
 */
final class UntilStopped<T extends AutoCloseable> {
  private static final long STARTING_PATIENCE_SECONDS = 5;

  /**
   * Starts what is to run.
   *
   * @param <T> what runs
   */
  interface Start<T> {
    T start() throws InterruptedException;
  }

  private final String name;
  private final CompletableFuture<T> started = new CompletableFuture<>();

  /**
   * @param name what messages call it
   */
  UntilStopped(String name) {
    this.name = name;
  }

  /** Does not return, unless it refuses to start. */
  int run(Start<T> start) throws InterruptedException {
    Thread hook = new Thread(this::stopOnSignal, name + "-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      started.complete(start.start());
    } catch (ReplicationException e) {
      started.completeExceptionally(e);
      throw CommandFailure.refused(
          e.hint().isEmpty() ? e.getMessage() : e.getMessage() + "\n  what mends it: " + e.hint(),
          e);
    } catch (KafkaException e) {
      started.completeExceptionally(e);
      throw CommandFailure.refused("the " + name + " cannot start: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      started.completeExceptionally(e);
      throw e;
    }
    Supervised.ready();
    Thread.currentThread().join();
    return 0;
  }

  /** Does something with it once it runs, on whatever thread; nothing if it does not start. */
  void onceStarted(Consumer<T> action) {
    var unused = started.thenAccept(action);
  }

  /** Being told to stop is no failure: it is closed, and the exit code is 0. */
  private void stopOnSignal() {
    try {
      started.get(STARTING_PATIENCE_SECONDS, TimeUnit.SECONDS).close();
    } catch (ExecutionException e) {
      return; // it never started: the exit code is already on its way
    } catch (TimeoutException e) {
      // Still starting. Nothing of the kind is lost: whatever was not acknowledged comes again.
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("the " + name + " could not be closed", e);
    }
    Runtime.getRuntime().halt(0);
  }
}
