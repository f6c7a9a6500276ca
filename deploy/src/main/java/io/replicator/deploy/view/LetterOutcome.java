package io.replicator.deploy.view;

import io.replicator.letters.Way;
import io.replicator.wire.DeadLetterEnd.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A letter outcome tells what was done to dead letters.
 *
 * @param ended those to which it was done
 * @param left those to which it could not be done
 */
public record LetterOutcome(Verdict verdict, List<Long> ended, Collection<Way.Shut> left) {
  private static final int MOST_LEFT = 20;

  public LetterOutcome {
    ended = List.copyOf(ended);
    left = List.copyOf(left);
  }

  /** Returns the line to print. */
  public String line() {
    return LetterTable.count(ended.size())
        + " "
        + verdict.word()
        + (left.isEmpty() ? "" : "; " + left.size() + " left as they are");
  }

  /** Returns it as JSON. */
  public String json() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(verdict.word(), ended);
    fields.put(
        "left",
        left.stream()
            .map(way -> Map.of("id", way.letter().id(), "why", way.reason(), "mend", way.mend()))
            .toList());
    return LetterJson.write(fields);
  }

  /** Returns why letters are left as they are, and what mends it: lines. */
  public static List<String> reasons(Collection<Way.Shut> left) {
    List<String> lines = new ArrayList<>();
    left.stream()
        .limit(MOST_LEFT)
        .forEach(
            way ->
                lines.add(
                    "dead letter %d stays as it is: %s. What mends it: %s"
                        .formatted(way.letter().id(), way.reason(), way.mend())));
    if (left.size() > MOST_LEFT) {
      lines.add("and " + (left.size() - MOST_LEFT) + " more");
    }
    return lines;
  }
}
