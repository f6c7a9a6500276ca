package io.replicator.breaker;

import java.time.Duration;

/**
 * Terms say when a breaker opens, judged by the calls of the last ten seconds.
 *
 * @param failureRate per cent of the calls that fail
 * @param slowCallRate per cent of the calls that take longer than {@code slowCall}
 * @param slowCall how long a call may take; one that hangs counts again for each second more
 * @param minimumCalls fewer calls in ten seconds say nothing
 * @param openFor how long a target is left alone before the next probe
 */
public record Terms(
    int failureRate, int slowCallRate, Duration slowCall, int minimumCalls, Duration openFor) {}
