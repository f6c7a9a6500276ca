package io.replicator.cassandra;

/** Says that a change's payload is no table mutation, or one of a newer format. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
