package io.replicator.apply;

/**
 * A bay is the parking of one partition in this agent's hands.
 *
 * @param keys that wait
 * @param writes by which what this agent parked is told from what others did
 */
record Bay(ParkedKeys keys, OwnWrites writes) {
  /** Lets go of the room that its keys take. */
  void close() {
    keys.close();
  }
}
