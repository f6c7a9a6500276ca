package io.replicator.s3;

import java.net.URI;
import java.util.Optional;

/**
 * A place is where buckets are: AWS's own S3 in one of its regions, or a compatible server.
 *
 * @param awsRegion what requests are signed for
 * @param endpoint of a compatible server; empty for AWS's own
 * @param profile of the SDK's credentials file; empty for the default chain
 */
record Place(String awsRegion, Optional<URI> endpoint, Optional<String> profile) {
  /** Tells whether it is AWS's own S3. */
  boolean isAws() {
    return endpoint.isEmpty();
  }

  /** Tells whether this place can copy from that one by itself, with the credentials used here. */
  boolean reaches(Place other) {
    return endpoint.equals(other.endpoint) && profile.equals(other.profile);
  }

  @Override
  public String toString() {
    return endpoint.map(URI::toString).orElse("S3 in " + awsRegion);
  }
}
