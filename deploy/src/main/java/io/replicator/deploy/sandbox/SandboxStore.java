package io.replicator.deploy.sandbox;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The stores that the sandbox can run. */
public enum SandboxStore {
  SQS,
  S3,
  CASSANDRA;

  /** Returns the name that configurations and commands use. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the store of a name. */
  public static Optional<SandboxStore> of(String id) {
    return Arrays.stream(values()).filter(store -> store.id().equals(id)).findFirst();
  }

  /** Returns the names of all. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(SandboxStore::id).toList();
  }
}
