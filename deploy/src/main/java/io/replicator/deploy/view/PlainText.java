package io.replicator.deploy.view;

/** Plain text is what users and stores wrote, without what would move a terminal's cursor. */
final class PlainText {
  private PlainText() {}

  /** Returns a text as it is shown. */
  static String of(String text) {
    return text.replaceAll("\\p{Cc}", "?");
  }

  /** Returns a text in one line. */
  static String line(String text) {
    return of(text.strip().replaceAll("\\s+", " "));
  }

  /** Returns a text in one line of so many letters at most. */
  static String line(String text, int most) {
    String line = line(text);
    return line.length() <= most ? line : line.substring(0, most - 1) + "…";
  }
}
