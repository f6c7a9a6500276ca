package io.replicator.ledger;

/** Says that a durable form was written by a newer agent, in words that follow "was". */
public final class NewerFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param format the number that was found
   */
  public NewerFormatException(int format) {
    super("written in format " + format + " by a newer agent");
  }

  /**
   * @param what the kind of record that is not known here
   */
  public NewerFormatException(String what) {
    super("written by a newer agent: it holds " + what + ", which is not known here");
  }
}
