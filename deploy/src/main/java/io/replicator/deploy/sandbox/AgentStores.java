package io.replicator.deploy.sandbox;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * An agent's stores are the part of its configuration that says what it replicates.
 *
 * @param stores those it has
 * @param queues the region's SQS
 */
record AgentStores(Set<SandboxStore> stores, QueueServer queues) {
  /** Returns what stands under {@code stores}. */
  String yaml() {
    return stores.contains(SandboxStore.SQS) ? sqs() : "";
  }

  private String sqs() {
    return """
      sqs:
        endpoint: %s
        resources:
    %s
    """
        .formatted(
            queues.endpoint(),
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
}
