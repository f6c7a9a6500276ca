package io.replicator.deploy;

/** Says in one line, for the operator, why a command did not do what was asked. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** Something refused or failed: exit code 1. */
  static CommandFailure refused(String message) {
    return new CommandFailure(1, message, null);
  }

  /** Something refused or failed: exit code 1. */
  static CommandFailure refused(String message, Throwable cause) {
    return new CommandFailure(1, message, cause);
  }

  /** The operator must write something else: exit code 2. */
  static CommandFailure usage(String message) {
    return new CommandFailure(2, message, null);
  }

  int exitCode() {
    return exitCode;
  }
}
