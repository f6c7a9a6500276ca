package io.replicator.deploy.sandbox;

/** Says, for the operator, why a sandbox cannot be started or reached, and what mends it. */
public final class SandboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is wrong, and what to do. */
  public SandboxException(String message) {
    super(message);
  }

  /** What is wrong, and what to do. */
  public SandboxException(String message, Throwable cause) {
    super(message, cause);
  }
}
