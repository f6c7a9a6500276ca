/**
 * How figures are shown on a terminal: tables, lengths of time, the live view.
 *
 * <p>This room decides nothing and starts nothing.
 */
package io.replicator.deploy.view;
