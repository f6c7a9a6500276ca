package io.replicator.config;

import io.replicator.spi.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Says that a configuration file cannot be used, and everything that is wrong with it. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * @param file the file that was read
   * @param problems at least one
   */
  public ConfigException(Path file, List<Problem> problems) {
    super(
        problems.stream()
            .distinct() // a key may be asked for by two
            .map(problem -> "  " + problem)
            .collect(Collectors.joining("\n", file + " cannot be used:\n", "")));
    this.problems = problems.stream().distinct().toList();
  }

  /** Returns what is wrong, in the order in which it was found. */
  public List<Problem> problems() {
    return problems;
  }
}
