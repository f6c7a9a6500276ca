package io.replicator.sqs;

import io.replicator.model.Region;
import java.util.Optional;

/**
 * A replicator id is the message attribute {@code replicator-id} = {@code <origin>/<change id>}, by
 * which consumers can drop what they were given twice, and capture what has been here before.
 *
 * @param origin the region in which the message was written by a user
 * @param change the change's id there
 */
record ReplicatorId(Region origin, String change) {
  /** The attribute's name. */
  static final String ATTRIBUTE = "replicator-id";

  /** Reads an attribute's value; empty if it is none of ours. */
  static Optional<ReplicatorId> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 1 || slash == text.length() - 1) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ReplicatorId(new Region(text.substring(0, slash)), text.substring(slash + 1)));
    } catch (IllegalArgumentException noRegion) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return origin + "/" + change;
  }
}
