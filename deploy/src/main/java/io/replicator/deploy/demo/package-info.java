/**
 * The sandbox's demonstration: ordinary services of each region that write messages for all
 * regions, read those of the others, and keep count of what is missing or not as it was sent.
 *
 * <p>It knows queues only, as any service would: what it finds lost is really lost. Nothing here
 * prints.
 */
package io.replicator.deploy.demo;
