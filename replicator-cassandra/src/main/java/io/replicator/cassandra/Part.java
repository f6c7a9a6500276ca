package io.replicator.cassandra;

import java.util.Optional;

/**
 * A part is what of a flow's tables a backfill sends, in an operator's words: {@code
 * keyspace.table}, {@code tokens FROM:TO}, both in this order, or nothing for all.
 *
 * @param table the one table; empty for all
 * @param from the token after which it begins, of the Murmur3 partitioner
 * @param to the last token
 */
record Part(Optional<TableName> table, long from, long to) {
  private static final String TOKENS = "tokens";

  /**
   * Reads an operator's words.
   *
   * @throws IllegalArgumentException whose message says what is wrong and what to write
   */
  static Part parse(String text) {
    String rest = text.strip();
    String range = "";
    if (rest.equals(TOKENS) || rest.startsWith(TOKENS + " ") || rest.contains(" " + TOKENS)) {
      int at = rest.startsWith(TOKENS) ? 0 : rest.indexOf(" " + TOKENS) + 1;
      range = rest.substring(at + TOKENS.length()).strip();
      rest = rest.substring(0, at).strip();
      if (range.isEmpty()) {
        throw new IllegalArgumentException("'" + text + "': write tokens FROM:TO");
      }
    }
    Optional<TableName> table = rest.isEmpty() ? Optional.empty() : Optional.of(name(rest));
    if (range.isEmpty()) {
      return new Part(table, TableBackfill.FIRST_TOKEN, Long.MAX_VALUE);
    }
    String[] ends = range.split(":", -1);
    try {
      if (ends.length == 2) {
        return ordered(table, Long.parseLong(ends[0].strip()), Long.parseLong(ends[1].strip()));
      }
    } catch (NumberFormatException e) {
      // Said below, for whatever else is no range.
    }
    throw new IllegalArgumentException(
        "'"
            + range
            + "' is no range of tokens: write FROM:TO, two numbers as nodetool describering shows"
            + " them");
  }

  private static TableName name(String text) {
    int dot = text.indexOf('.');
    if (dot < 1 || dot == text.length() - 1 || text.contains(" ")) {
      throw new IllegalArgumentException("'" + text + "' is no table: write keyspace.table");
    }
    return new TableName(bare(text.substring(0, dot)), bare(text.substring(dot + 1)));
  }

  /** Returns a name without the quotes with which it stands in CQL. */
  private static String bare(String name) {
    boolean quoted = name.length() > 2 && name.startsWith("\"") && name.endsWith("\"");
    return quoted ? name.substring(1, name.length() - 1) : name;
  }

  private static Part ordered(Optional<TableName> table, long from, long to) {
    if (from >= to) {
      throw new IllegalArgumentException(
          "the range "
              + from
              + ":"
              + to
              + " is empty or goes round the ring: order "
              + from
              + ":"
              + Long.MAX_VALUE
              + ", and then "
              + Long.MIN_VALUE
              + ":"
              + to);
    }
    return new Part(table, from, to);
  }

  /** Tells why a flow has no such part; empty if it has. */
  Optional<String> refusal(Selection selection) {
    return table
        .filter(name -> !selection.contains(name))
        .map(name -> name + " is not replicated by this flow, which has " + selection);
  }
}
