package io.replicator.deploy.view;

import java.util.ArrayList;
import java.util.List;

/** A text table lines cells up in columns; a column of figures is set right. Not thread-safe. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<String> heads;
  private final List<List<String>> rows = new ArrayList<>();

  /** Heads of columns of figures begin with {@code >}, which is not shown. */
  public TextTable(String... heads) {
    this.heads = List.of(heads);
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if it has not one cell per head
   */
  public void add(String... cells) {
    if (cells.length != heads.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + heads.size() + " heads");
    }
    rows.add(List.of(cells));
  }

  /** Returns the lines, the heads first. */
  public List<String> lines() {
    List<String> shown =
        heads.stream().map(head -> right(head) ? head.substring(1) : head).toList();
    List<String> lines = new ArrayList<>();
    lines.add(line(shown));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      String cell = cells.get(column);
      String space = " ".repeat(width(column) - cell.length());
      line.append(column == 0 ? "" : GAP)
          .append(right(heads.get(column)) ? space + cell : cell + space);
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    String head = heads.get(column);
    int widest = right(head) ? head.length() - 1 : head.length();
    for (List<String> row : rows) {
      widest = Math.max(widest, row.get(column).length());
    }
    return widest;
  }

  private static boolean right(String head) {
    return head.startsWith(">");
  }
}
