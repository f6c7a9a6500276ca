/**
 * The agent's configuration: one YAML file in, records out, and every problem of it at once.
 *
 * <p>Each section is a record that reads itself. This room knows the model and the SPI; no station
 * reads the file or a {@link io.replicator.spi.Settings}, they are handed the records. Nothing here
 * opens a connection.
 */
package io.replicator.config;
