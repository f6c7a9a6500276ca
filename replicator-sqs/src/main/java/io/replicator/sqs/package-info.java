/**
 * The room of SQS: draining a queue into changes, and sending changes to a queue.
 *
 * <p>It knows the model, the SPI and the AWS SDK. Of Kafka, of the other stores and of the agent
 * that runs it, it knows nothing: what it captures it hands to a {@link
 * io.replicator.spi.ChangeSink}, and what it applies it is given.
 */
package io.replicator.sqs;
