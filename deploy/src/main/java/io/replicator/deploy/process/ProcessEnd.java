package io.replicator.deploy.process;

import java.util.Map;

/**
 * A process end is with what a process ended.
 *
 * @param exitCode as its parent sees it: 128 and a signal's number, where a signal ended it
 */
public record ProcessEnd(int exitCode) {
  private static final int OF_SIGNALS = 128;

  /** Those whose numbers are the same on all systems that the sandbox runs on. */
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 8, "SIGFPE", 9,
          "SIGKILL", 11, "SIGSEGV", 13, "SIGPIPE", 15, "SIGTERM");

  /** Returns the exit code, with the name of the signal if there was one. */
  @Override
  public String toString() {
    String signal = SIGNALS.get(exitCode - OF_SIGNALS);
    return "exit code " + exitCode + (signal == null ? "" : " (" + signal + ")");
  }
}
