package io.replicator.deploy.sandbox;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An agent's stores are the part of its configuration that says what it replicates.
 *
 * @param stores those it has
 * @param region the agent's
 * @param queues the region's SQS, if it has one
 * @param buckets the region's S3, if it has one
 * @param cassandra the region's Cassandra, if it has one
 * @param peers where the S3 of other regions is reached, by region
 */
record AgentStores(
    Set<SandboxStore> stores,
    String region,
    Optional<QueueServer> queues,
    Optional<BucketServer> buckets,
    Optional<CassandraServer> cassandra,
    Map<String, URI> peers) {
  /** Returns what stands under {@code stores}. */
  String yaml() {
    return queues.map(this::ofQueues).orElse("")
        + cassandra.map(CassandraServer::section).orElse("");
  }

  private String ofQueues(QueueServer server) {
    return (stores.contains(SandboxStore.SQS) ? sqs(server) : "")
        + buckets.map(bucketServer -> s3(bucketServer, server)).orElse("");
  }

  private static String sqs(QueueServer server) {
    return """
      sqs:
        endpoint: %s
        resources:
    %s
    """
        .formatted(
            server.endpoint(),
            SandboxResource.all().stream()
                .map(AgentStores::resource)
                .collect(Collectors.joining("\n")));
  }

  private static String resource(SandboxResource resource) {
    return "      %s: {source: %s, target: %s%s}"
        .formatted(
            resource.name(),
            resource.source(),
            resource.target(),
            resource.everywhere() ? ", deliver: everywhere" : "");
  }

  private String s3(BucketServer server, QueueServer queues) {
    return """
      s3:
        endpoint: %s
        sqs-endpoint: %s
        aws-region: %s
        peers: {%s}
        resources:
          %s: {notifications: {queue: %s}}
    """
        .formatted(
            server.endpoint(),
            queues.endpoint(),
            region,
            peers.entrySet().stream()
                .map(
                    peer ->
                        "%s: {endpoint: \"%s\", aws-region: %s}"
                            .formatted(peer.getKey(), peer.getValue(), peer.getKey()))
                .collect(Collectors.joining(", ")),
            SandboxBucket.PHOTOS.name(),
            SandboxBucket.PHOTOS.events());
  }
}
