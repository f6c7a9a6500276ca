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
    try (InputStream file = JvmFlags.class.getResourceAsStream("/agent.jvm")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::trim)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("agent.jvm is not on the class path", e);
    }
  }
}
