package io.replicator.cassandra;

/** Says that a change's payload is no table mutation, or one of a newer format. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean newer;

  FormatException(String message, Throwable cause) {
    super(message, cause);
    this.newer = false;
  }

  /** Says that a payload is of a newer format than this version reads. */
  FormatException(long format) {
    super("the change is of format " + format + ", which is newer than this version");
    this.newer = true;
  }

  /** Tells whether a newer version could read it. */
  boolean newer() {
    return newer;
  }
}
