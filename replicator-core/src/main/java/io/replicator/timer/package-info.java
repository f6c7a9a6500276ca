/** What runs later, or again and again, on the agent's few timer threads. */
package io.replicator.timer;
