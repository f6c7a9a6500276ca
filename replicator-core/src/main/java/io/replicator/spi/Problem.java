package io.replicator.spi;

import java.util.Objects;

/**
 * A problem is one thing that is wrong with a configuration.
 *
 * @param key the full key, such as {@code stores.sqs.resources.orders.target}
 * @param value what stands there; hidden when the key names a secret, empty when nothing does
 * @param mend what is wrong and what to write instead
 */
public record Problem(String key, String value, String mend) {
  public Problem {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(mend, "mend");
  }

  @Override
  public String toString() {
    return value.isEmpty() ? key + ": " + mend : key + ": " + value + ": " + mend;
  }
}
