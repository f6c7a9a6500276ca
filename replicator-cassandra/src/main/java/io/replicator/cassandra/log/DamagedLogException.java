package io.replicator.cassandra.log;

/** Says that a part of the commit log cannot be read, now or ever. */
final class DamagedLogException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedLogException(String message) {
    super(message);
  }
}
