package io.replicator.apply;

/**
 * A mark tells a parked change from the others of its key in eight bytes: the offset in the change
 * topic that it came from, or, of what came from elsewhere, a negative hash of its place.
 */
final class Mark {
  private Mark() {}

  /** Returns the mark of a place; {@code here} is how those of the partition begin. */
  static long of(String place, String here) {
    if (place.startsWith(here)) {
      try {
        return Math.max(0, Long.parseLong(place.substring(here.length())));
      } catch (NumberFormatException e) {
        return hash(place);
      }
    }
    return hash(place);
  }

  /** FNV-1a of 64 bits. */
  private static long hash(String place) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < place.length(); i++) {
      hash = (hash ^ place.charAt(i)) * 0x100000001b3L;
    }
    return hash | Long.MIN_VALUE;
  }
}
