package io.replicator.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.replicator.deploy.sandbox.BucketClient;
import io.replicator.deploy.sandbox.RunningSandbox;
import io.replicator.deploy.sandbox.SandboxFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import software.amazon.awssdk.core.exception.SdkException;

/** A running sandbox's bucket for trying by hand, as its file tells it. */
final class SandboxBuckets {
  private final JsonNode file;

  SandboxBuckets(RunningSandbox sandbox) {
    file = SandboxFile.read(sandbox.folder());
  }

  /** Returns the bucket that is replicated. */
  String bucket() {
    return file.at("/resources/s3/bucket").asText();
  }

  /** Does something with the bucket of a region; returns the exit code. */
  int with(String region, ToIntFunction<BucketClient> work) {
    List<String> regions = new ArrayList<>();
    file.path("regions").fieldNames().forEachRemaining(regions::add);
    if (!regions.contains(region)) {
      throw CommandFailure.usage(
          "--region: '%s' is no region of the sandbox: it has %s"
              .formatted(region, String.join(", ", regions)));
    }
    if (bucket().isEmpty()) {
      throw CommandFailure.refused("the sandbox runs without s3: see its --stores");
    }
    URI endpoint = URI.create(file.path("regions").path(region).at("/s3/endpoint").asText());
    try (BucketClient client = new BucketClient(region, endpoint, bucket())) {
      return work.applyAsInt(client);
    } catch (SdkException e) {
      throw CommandFailure.refused("the bucket of " + region + " refuses: " + e.getMessage(), e);
    }
  }
}
