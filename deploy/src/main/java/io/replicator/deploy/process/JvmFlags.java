package io.replicator.deploy.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The JVM flags of production processes, from the same files that the launcher hands to java. */
public final class JvmFlags {
  private JvmFlags() {}

  /** Returns the flags of {@code replicator agent}. */
  public static List<String> agent() {
    return read("/agent.jvm");
  }

  /** Returns what a JVM needs that runs Cassandra's own classes. */
  public static List<String> cassandra() {
    return read("/cassandra.jvm");
  }

  private static List<String> read(String name) {
    try (InputStream file = JvmFlags.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::trim)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " is not on the class path", e);
    }
  }
}
