package io.replicator.deploy;

import io.replicator.letters.Selection;
import io.replicator.model.Flow;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Which dead letters are meant: options that their commands share. */
final class LetterFilter {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--flow",
      paramLabel = "STORE/RESOURCE@ORIGIN",
      description = "Only those of this flow, as status shows it.")
  private String flow;

  @Option(
      names = "--key",
      paramLabel = "K",
      description = "Only those of this key; with a star behind it, of keys that begin so.")
  private String key;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Only those in whose reason this stands, in capitals or not.")
  private String reason;

  /** Tells whether nothing was said. */
  boolean isEmpty() {
    return flow == null && key == null && reason == null;
  }

  /** Returns what was said, with some ids; a flow that is none is wrong usage. */
  Selection selection(Set<Long> ids) {
    return new Selection(
        ids,
        Optional.ofNullable(flow).map(this::parse),
        filled("--key", key),
        filled("--reason", reason));
  }

  private Flow parse(String text) {
    try {
      return Flow.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--flow: " + e.getMessage());
    }
  }

  private Optional<String> filled(String name, String value) {
    if (value != null && value.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), name + ": it is empty; leave it out to mean all");
    }
    return Optional.ofNullable(value);
  }
}
