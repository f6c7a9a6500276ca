package io.replicator.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.replicator.deploy.sandbox.QueueClient;
import io.replicator.deploy.sandbox.RunningSandbox;
import io.replicator.deploy.sandbox.SandboxFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** A running sandbox's queues for trying by hand, as its file tells them. */
final class SandboxQueues {
  private final JsonNode file;

  SandboxQueues(RunningSandbox sandbox) {
    file = SandboxFile.read(sandbox.folder());
  }

  /** Returns the queue whose messages go to the other regions. */
  String source() {
    return file.at("/resources/sqs/source").asText();
  }

  /** Returns the queue in which they arrive. */
  String target() {
    return file.at("/resources/sqs/target").asText();
  }

  List<String> regions() {
    List<String> names = new ArrayList<>();
    file.path("regions").fieldNames().forEachRemaining(names::add);
    return names;
  }

  QueueClient open(String region) {
    if (!regions().contains(region)) {
      throw CommandFailure.usage(
          "--region: '%s' is no region of the sandbox: it has %s"
              .formatted(region, String.join(", ", regions())));
    }
    if (source().isEmpty()) {
      throw CommandFailure.refused("the sandbox runs without sqs: see its --stores");
    }
    return new QueueClient(
        region,
        URI.create(file.path("regions").path(region).path("sqs").path("endpoint").asText()));
  }
}
