package io.replicator.mirror;

import io.replicator.model.Condition;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How the mirror from one peer does.
 *
 * @param condition RUNNING, BLOCKED, or FAILED if MirrorMaker refuses its configuration
 * @param lastHeartbeat when the newest heartbeat that arrived was written, by the peer's clock
 * @param skew what is known of the clock there that is furthest from this agent's
 * @param records mirrored by this process; empty when the mirror runs elsewhere
 * @param bytes of their values
 * @param restarts how often MirrorMaker was started again after a failure
 */
public record MirrorStatus(
    Condition condition,
    Optional<Instant> lastHeartbeat,
    Optional<Skew> skew,
    OptionalLong records,
    OptionalLong bytes,
    long restarts) {}
