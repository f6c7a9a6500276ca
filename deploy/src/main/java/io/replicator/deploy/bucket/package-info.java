/**
 * The S3 server of a region in the sandbox: S3Proxy on disk, made atomic where it only looks and
 * then acts, and with the event notifications that no such server sends.
 *
 * <p>It is a process of its own and knows of a folder, a port and a queue server; nothing of
 * regions that replicate. Nothing here runs in production.
 */
package io.replicator.deploy.bucket;
