package io.replicator.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A resource is what is replicated: a bucket, a queue, a table or a keyspace.
 *
 * @param store the store's short name: {@code s3}, {@code sqs}, {@code cassandra}
 * @param name the name the resource bears in every region, whatever its local mappings; letters,
 *     digits, {@code . _ -}, 1 to 120 of them. MirrorMaker 2 would not carry a topic whose name
 *     ends in {@code .checkpoints.internal}, and would rename one that ends in {@code heartbeats},
 *     whatever it is told: such names are refused
 */
public record Resource(String store, String name) {
  private static final Pattern STORE = Pattern.compile("[a-z][a-z0-9]{0,19}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}");

  /** Endings of topic names by which MirrorMaker's replication policy knows its own topics. */
  private static final List<String> MIRROR_MAKERS_OWN =
      List.of(".checkpoints.internal", "heartbeats");

  /**
   * @throws IllegalArgumentException if either part has another shape
   */
  public Resource {
    if (!STORE.matcher(store).matches()) {
      throw new IllegalArgumentException("'" + store + "' is no store name");
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no resource name: use 1 to 120 letters, digits and . _ -");
    }
    for (String ending : MIRROR_MAKERS_OWN) {
      if (("." + store + "." + name).endsWith(ending)) {
        throw new IllegalArgumentException(
            "'"
                + name
                + "' cannot be a resource name: MirrorMaker 2 takes a topic whose name ends in '"
                + ending
                + "' for one of its own, and would not mirror it under its name; choose another"
                + " name for the resource");
      }
    }
  }

  /** Returns {@code store/name}, the form used in flows, logs and commands. */
  @Override
  public String toString() {
    return store + "/" + name;
  }
}
