package io.replicator.deploy.view;

import java.util.Locale;

/** Lengths of time as people read them: two units at most. */
public final class HumanTime {
  private HumanTime() {}

  /** Returns a length of time such as {@code 80 ms}, {@code 4.2 s}, {@code 3 m 05 s}; - below 0. */
  public static String ofMillis(long millis) {
    if (millis < 0) {
      return "-";
    }
    if (millis < 1_000) {
      return millis + " ms";
    }
    long seconds = millis / 1_000;
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%d.%d s", seconds, millis % 1_000 / 100);
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return String.format(Locale.ROOT, "%d m %02d s", minutes, seconds % 60);
    }
    long hours = minutes / 60;
    if (hours < 24) {
      return String.format(Locale.ROOT, "%d h %02d m", hours, minutes % 60);
    }
    return String.format(Locale.ROOT, "%d d %02d h", hours / 24, hours % 24);
  }
}
