package io.replicator.ledger;

/** Says that a durable form was written by a newer agent. */
public final class NewerFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format the number that was found
   */
  public NewerFormatException(int format) {
    super("written in format " + format + " by a newer agent");
  }
}
