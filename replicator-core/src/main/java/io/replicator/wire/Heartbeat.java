package io.replicator.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A heartbeat says, in every partition of a change topic and on the same road as the changes, how
 * far a capture has come.
 *
 * @param last the incarnation that sends it, and the number of its last change in this partition
 *     (0: none), so that a lost tail shows
 * @param sent when it was sent, by the agent's clock
 * @param upTo every change that the source delivered with a time before this stands before this
 *     heartbeat, in this or another partition; empty until the source has answered
 * @param hold how long after the last heartbeat of an incarnation that fell silent its word still
 *     counts
 * @param closing whether this is the incarnation's last one
 * @param topicId the id of the origin's topic: another one means that the topic was created anew
 */
public record Heartbeat(
    Stamp last,
    Instant sent,
    Optional<Instant> upTo,
    Duration hold,
    boolean closing,
    String topicId) {
  public Heartbeat {
    Objects.requireNonNull(last, "last");
    Objects.requireNonNull(sent, "sent");
    Objects.requireNonNull(upTo, "upTo");
    Objects.requireNonNull(hold, "hold");
    Objects.requireNonNull(topicId, "topicId");
  }
}
