package io.replicator.deploy;

import io.replicator.deploy.view.LetterOutcome;
import io.replicator.deploy.view.LetterTable;
import io.replicator.letters.Letter;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Letters;
import io.replicator.letters.Selection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Which dead letters something is to be done to, and whether that is meant so. */
final class LetterOrder {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Mixin private LetterFilter filter;

  @Parameters(paramLabel = "ID", arity = "0..*", description = "As list shows them.")
  private List<Long> ids = new ArrayList<>();

  @Option(names = "--all", description = "All dead letters of the region.")
  private boolean all;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(names = "--json", description = "Print what was done as JSON.")
  private boolean json;

  /** Returns what was said; nothing, or two things at once, is wrong usage. */
  Selection selection() {
    int said = (all ? 1 : 0) + (ids.isEmpty() ? 0 : 1) + (filter.isEmpty() ? 0 : 1);
    if (said == 0) {
      throw usage("which ones? Name ids, or --flow, --key or --reason, or say --all");
    }
    if (said > 1) {
      throw usage("name ids, or --flow, --key and --reason, or say --all: one of the three");
    }
    return filter.selection(new HashSet<>(ids));
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Returns the letters that are meant; none is a refusal. */
  List<Letter> select(LetterRegion region, LetterBox box, Selection selection) {
    Letters letters = box.read();
    region.requireFlow(selection, letters);
    List<Letter> selected = letters.select(selection);
    if (selected.isEmpty()) {
      int there = letters.open().size();
      throw CommandFailure.refused(
          there == 0
              ? "there are no dead letters"
              : "none of the "
                  + there
                  + " dead letters matches; replicator dead-letters list shows them");
    }
    return selected;
  }

  /** Prints what was done. */
  void print(LetterOutcome outcome) {
    System.out.println(json ? outcome.json() : outcome.line());
  }

  /** Says how many letters something concerns, and asks whether that is meant. */
  void confirm(String verb, Collection<Letter> letters) {
    Map<String, Long> counts =
        letters.stream()
            .collect(
                Collectors.groupingBy(
                    letter -> letter.flow().toString(), TreeMap::new, Collectors.counting()));
    String concerned =
        counts.entrySet().stream()
            .map(it -> it.getValue() + " of " + it.getKey())
            .collect(Collectors.joining(", "));
    String number = LetterTable.count(letters.size());
    System.err.print(verb + " " + number + " (" + concerned + ")" + (yes ? "\n" : "? [y/N] "));
    System.err.flush();
    if (!yes && !isYes(answer())) {
      throw CommandFailure.refused("nothing was done; say y, or --yes");
    }
  }

  private static boolean isYes(String answer) {
    return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }

  private static String answer() {
    try {
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      if (answer == null) {
        System.err.println();
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
