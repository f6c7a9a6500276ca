package io.replicator.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A CQL script is several statements with {@code ;} between them, as an operator writes them. What
 * stands in quotes, between {@code $$} or in a comment ends no statement, and what stands in a
 * batch only ends with it. The server reads the rest: nothing else is understood here.
 */
final class CqlScript {
  /** What one cannot look into, by how it begins; the one that is not closed goes to the end. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<comment>--[^\\n]*|//[^\\n]*|/\\*(?s:.*?)(?:\\*/|\\z))"
              + "|(?<closed>'[^']*'|\"[^\"]*\"|\\$\\$(?s:.*?)\\$\\$)"
              + "|(?<open>['\"]|\\$\\$)"
              + "|(?<end>;)");

  private static final Pattern BATCH =
      Pattern.compile("\\s*BEGIN\\s.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern APPLIED =
      Pattern.compile(".*\\bAPPLY\\s+BATCH\\s*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private CqlScript() {}

  /**
   * Returns the statements of a script in their order, without comments; none if it has none.
   *
   * @throws IllegalArgumentException if a quote is not closed
   */
  static List<String> statements(String script) {
    List<String> statements = new ArrayList<>();
    StringBuilder present = new StringBuilder();
    Matcher token = TOKEN.matcher(script);
    int done = 0;
    while (token.find()) {
      present.append(script, done, token.start());
      done = token.end();
      if (token.group("open") != null) {
        throw new IllegalArgumentException(
            "the %s in front of '%s' is not closed"
                .formatted(token.group(), script.substring(done).strip()));
      }
      if (token.group("comment") != null) {
        present.append(' ');
      } else if (token.group("closed") != null || isInBatch(present)) {
        present.append(token.group());
      } else {
        add(statements, present);
      }
    }
    present.append(script, done, script.length());
    add(statements, present);
    return statements;
  }

  private static boolean isInBatch(CharSequence present) {
    return BATCH.matcher(present).matches() && !APPLIED.matcher(present).matches();
  }

  private static void add(List<String> statements, StringBuilder present) {
    String statement = present.toString().strip();
    if (!statement.isEmpty()) {
      statements.add(statement);
    }
    present.setLength(0);
  }
}
