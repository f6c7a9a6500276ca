package io.replicator.deploy.view;

import io.replicator.letters.Letter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A letter table shows dead letters in a line each.
 *
 * @param letters to be shown
 * @param all how many there are, also those that are not shown
 */
public record LetterTable(Collection<Letter> letters, int all) {
  private static final int MOST_KEY = 60;
  private static final int MOST_REASON = 80;

  public LetterTable {
    letters = List.copyOf(letters);
  }

  /** Returns the lines to print, heads first, and how many letters they are. */
  public List<String> lines() {
    if (letters.isEmpty()) {
      return List.of(all == 0 ? "No dead letters." : "None of the " + count(all) + " matches.");
    }
    TextTable table = new TextTable(">ID", "TIME", "FLOW", ">TRIES", "KEY", "REASON");
    for (Letter letter : letters) {
      table.add(
          Long.toString(letter.id()),
          letter.said().time().truncatedTo(ChronoUnit.SECONDS).toString(),
          letter.flow().toString(),
          Integer.toString(letter.said().attempts()),
          PlainText.line(letter.key(), MOST_KEY),
          PlainText.line(letter.said().reason(), MOST_REASON));
    }
    List<String> lines = new ArrayList<>(table.lines());
    lines.add(count(letters.size()) + (all > letters.size() ? " of " + all : ""));
    return lines;
  }

  /** Returns the letters as a JSON array. */
  public String json() {
    return LetterJson.write(
        letters.stream()
            .map(it -> LetterJson.fields(it.id(), it.said(), it.key(), it.payloadBytes()))
            .toList());
  }

  /** Returns a number of letters in words. */
  public static String count(int letters) {
    return letters == 1 ? "1 dead letter" : letters + " dead letters";
  }
}
