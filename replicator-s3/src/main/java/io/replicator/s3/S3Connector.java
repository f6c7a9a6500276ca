package io.replicator.s3;

import io.replicator.model.Region;
import io.replicator.spi.Connector;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The S3 connector replicates buckets: a bucket's notifications or listings give hints, and the
 * owner of a key settles it on the bucket.
 *
 * <p>Keys of the store's section: {@code aws-region}, by default the region's own name; {@code
 * endpoint}, for compatible servers, which are spoken to in path style; {@code sqs-endpoint}, where
 * such a server's queues of notifications are; {@code profile}, for credentials that are not those
 * of the SDK's default chain; {@code conditional-writes}, false for a store that does not carry out
 * writes on a condition; {@code request-timeout}, after which a request is given up; {@code
 * max-connections} of each bucket to one place; and {@code peers}, where the other regions' buckets
 * are: each with {@code aws-region}, {@code endpoint} and {@code profile}.
 */
public final class S3Connector implements Connector {
  private static final Pattern AWS_REGION = Pattern.compile("[a-z]{2,}(-[a-z0-9]+)+-\\d{1,2}");
  private static final String SOME_AWS_REGION = "us-east-1";
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);
  private static final int CONNECTIONS = 128;

  /** For {@link java.util.ServiceLoader}. */
  public S3Connector() {}

  @Override
  public String store() {
    return "s3";
  }

  @Override
  public Store configure(Settings settings, Region region) {
    Place local = place(settings, region);
    Map<Region, Place> peers = new HashMap<>();
    settings
        .sections("peers")
        .forEach(
            (name, peer) ->
                peer(settings, name, peer).ifPresent(of -> peers.put(of, place(peer, of))));
    if (peers.containsKey(region)) {
      settings
          .section("peers")
          .problem(region.name(), "is this region itself; peers are the other ones");
    }
    Duration timeout =
        settings.duration(
            "request-timeout", REQUEST_TIMEOUT, Duration.ofSeconds(1), Duration.ofMinutes(10));
    int connections = (int) settings.number("max-connections", CONNECTIONS, 8, 10_000);
    boolean conditional = settings.flag("conditional-writes", true);
    Optional<URI> queues = url(settings, "sqs-endpoint");
    return new S3Store(
        region, peers, conditional, new S3Clients(local, queues, timeout, connections));
  }

  private static Optional<Region> peer(Settings settings, String name, Settings peer) {
    try {
      return Optional.of(new Region(name));
    } catch (IllegalArgumentException e) {
      settings.section("peers").problem(name, e.getMessage());
      peer.passOver();
      return Optional.empty();
    }
  }

  private static Place place(Settings settings, Region region) {
    Optional<URI> endpoint = url(settings, "endpoint");
    Optional<String> given = settings.optionalText("aws-region");
    String awsRegion = given.orElse(region.name());
    if (!AWS_REGION.matcher(awsRegion).matches()) {
      if (given.isPresent()) {
        settings.problem("aws-region", "is no AWS region: write one such as us-east-1");
      } else if (!settings.has("endpoint")) {
        settings.problem(
            "aws-region",
            "is required, because the region's name '"
                + region
                + "' is no AWS region: write one such as us-east-1");
      }
      awsRegion = given.isEmpty() && endpoint.isPresent() ? SOME_AWS_REGION : awsRegion;
    }
    return new Place(awsRegion, endpoint, settings.optionalText("profile"));
  }

  private static Optional<URI> url(Settings settings, String key) {
    Optional<String> text = settings.optionalText(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(text.get());
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // no URI at all: the same problem as one without a host
    }
    settings.problem(key, "must be a URL with host, such as http://127.0.0.1:9000");
    return Optional.empty();
  }

  /** Tells whether a region's name is one that AWS has, as far as its form shows. */
  static boolean isAwsRegion(String name) {
    return AWS_REGION.matcher(name).matches();
  }
}
