package io.replicator.apply;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Mends are several hints as one that says each thing once. A statement in them begins with a word
 * in capitals and ends with {@code ;}; two that make the same thing have the same words in front of
 * the parenthesis, and the first is kept: all that it is made of is made before. Not thread-safe.
 */
final class Mends {
  private static final Pattern STATEMENT = Pattern.compile("[A-Z]{4,} [^;]*; ?");
  private static final String AND = ", and ";
  private static final String RUN = "run ";

  private final Set<String> said = new HashSet<>();
  private final List<String> hints = new ArrayList<>();

  /** Adds what a hint says that no other said. */
  void add(String hint) {
    List<String> left = new ArrayList<>();
    for (String mend : hint.split(AND, -1)) {
      String rest = mend.startsWith(RUN) ? statements(mend) : mend;
      if (!rest.equals(RUN.strip()) && said.add(rest)) {
        left.add(rest);
      }
    }
    if (!left.isEmpty()) {
      hints.add(String.join(AND, left));
    }
  }

  private String statements(String mend) {
    return STATEMENT
        .matcher(mend)
        .replaceAll(
            found -> {
              String head = found.group().strip().split(" \\(", 2)[0];
              return said.add(head) ? Matcher.quoteReplacement(found.group()) : "";
            })
        .strip();
  }

  /** Returns all of them, in their order. */
  @Override
  public String toString() {
    return String.join("; then ", hints);
  }
}
