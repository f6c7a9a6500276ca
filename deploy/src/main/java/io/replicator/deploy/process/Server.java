package io.replicator.deploy.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A server is something of its own that can be started, stopped, killed and started again. All
 * methods block; one thread at a time.
 */
public interface Server {
  /** Returns the name that messages and the log file bear. */
  String name();

  /**
   * Starts it, without waiting until it is ready.
   *
   * @throws IllegalStateException if it runs already
   */
  void start();

  /**
   * Waits until it says that it is ready.
   *
   * @throws IllegalStateException if it ended, or the time is over
   */
  void awaitReady(Duration most) throws InterruptedException;

  /** Tells whether it runs and has said that it is ready. */
  boolean isReady();

  /** Returns with what it ended; empty while it runs, and where nobody knows. */
  Optional<ProcessEnd> end();

  /** Asks it to end and waits; kills it if it does not within ten seconds. */
  void stop();

  /** Ends it at once, as a crash would, and waits until it is gone. */
  void kill();

  /** Tells whether it is there. */
  boolean isAlive();

  /** Returns its process id, or -1 while there is no process. */
  long pid();

  /** Returns the file to which its output goes. */
  Path log();

  /** Returns the command line that starts it again, in its place. */
  List<String> command();
}
