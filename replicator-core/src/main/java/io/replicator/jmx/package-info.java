/**
 * The beans that operators watch and command: the one source of truth for figures. The command line
 * and the web page read the same beans.
 */
package io.replicator.jmx;
