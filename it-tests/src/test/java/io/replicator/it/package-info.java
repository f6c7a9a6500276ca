/**
 * Tests of the whole: two regions of real processes, driven by ordinary clients, judged by what the
 * clients see.
 */
package io.replicator.it;
