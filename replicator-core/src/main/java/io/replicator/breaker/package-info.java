/**
 * Circuit breakers: what stands around every target and every source of payloads, sees within
 * seconds that one fails, leaves it alone while it recovers, and probes it.
 */
package io.replicator.breaker;
