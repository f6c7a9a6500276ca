/**
 * The {@code replicator} command: one file per verb.
 *
 * <p>A verb reads its options, lets others do the work and prints what came of it. An operator's
 * mistake is answered by what is wrong, the value and what mends it, never by a stack trace. Exit
 * codes: 0 done, 1 refused or failed, 2 wrong usage or configuration.
 */
package io.replicator.deploy;
