/** The room of S3: hints, state and conditional writes, snapshot, digest of buckets. */
package io.replicator.s3;
