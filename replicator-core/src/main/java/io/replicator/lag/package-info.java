/**
 * What measures a flow: how far it has come, how long its changes took, what it counted, and in
 * which condition it is. Knows nothing of Kafka or of stores.
 */
package io.replicator.lag;
