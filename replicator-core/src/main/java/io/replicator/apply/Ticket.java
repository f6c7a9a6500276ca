package io.replicator.apply;

import io.replicator.wire.Parked;

/**
 * A ticket tells of an entry that came out of parking which of the waiting ones it is.
 *
 * @param key whose first change it is
 * @param offset in the parking topic's partition
 * @param place under which it is ended
 */
record Ticket(ParkedKey key, long offset, String place) {
  /** Tells whether an operator has a dead letter tried again, which is remembered as done. */
  boolean isReplay() {
    return place.startsWith(Parked.DEAD_LETTER);
  }
}
