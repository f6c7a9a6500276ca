/**
 * The room of S3: hints from a bucket's notifications or listings, and the end on which its keys
 * are settled.
 *
 * <p>It knows the model, the SPI and the AWS SDK. Of Kafka, of the other stores and of who decides
 * what is written, it knows nothing.
 */
package io.replicator.s3;
