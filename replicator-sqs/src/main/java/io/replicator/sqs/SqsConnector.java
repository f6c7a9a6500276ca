package io.replicator.sqs;

import io.replicator.model.Region;
import io.replicator.spi.Connector;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The SQS connector replicates queues: a copy of the local traffic is drained into changes, and the
 * other regions' changes are sent to the queue that local consumers read.
 *
 * <p>Keys of the store's section: {@code endpoint}, for servers that only speak SQS's protocol, and
 * {@code aws-region}, by default the region's own name. Credentials come from the SDK's default
 * chain, so that none stand in the file.
 */
public final class SqsConnector implements Connector {
  private static final Pattern AWS_REGION = Pattern.compile("[a-z]{2,}(-[a-z0-9]+)+-\\d{1,2}");

  /** For {@link java.util.ServiceLoader}. */
  public SqsConnector() {}

  @Override
  public String store() {
    return "sqs";
  }

  @Override
  public Store configure(Settings settings, Region region) {
    Optional<URI> endpoint = endpoint(settings);
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
    }
    return new SqsStore(region, new SqsClients(endpoint, awsRegion));
  }

  private static Optional<URI> endpoint(Settings settings) {
    Optional<String> text = settings.optionalText("endpoint");
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
    settings.problem("endpoint", "must be a URL with host, such as http://127.0.0.1:9324");
    return Optional.empty();
  }
}
