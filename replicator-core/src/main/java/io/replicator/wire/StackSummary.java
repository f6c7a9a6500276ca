package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A stack summary is a failure in a few lines: of each cause its class, its message and where it
 * was thrown. It holds no secret and nothing of the payload, so it may stand where many can read.
 */
final class StackSummary {
  private static final int MOST_BYTES = 2 << 10;
  private static final int MOST_MESSAGE = 300;
  private static final int FRAMES = 3;

  /** So many letters in a row are not the same by chance. */
  private static final int RUN = 16;

  /** What stands further behind is not quoted by anything that begins to read. */
  private static final int MOST_PAYLOAD = 64 << 10;

  private static final String HIDDEN = "(hidden)";

  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)([\\w.-]*(?:password|passwd|secret|token|credential|signature|access.?key)[\\w.-]*"
              + "\"?\\s*[=:]\\s*)(\"[^\"]*\"|'[^']*'|[^\\s,;&)}\\]]+)");
  private static final Pattern BEARER = Pattern.compile("(?i)(bearer\\s+)\\S+");
  private static final Pattern IN_ADDRESS = Pattern.compile("(://)[^/@\\s]+@");
  private static final Pattern AWS_KEY = Pattern.compile("\\b(AKIA|ASIA)[A-Z0-9]{12,}\\b");

  private StackSummary() {}

  /**
   * Returns the summary of a failure, of 2 KiB at most.
   *
   * @param payload nothing of which may stand in it; may be null
   */
  static String of(Throwable failure, byte[] payload) {
    String hidden =
        payload == null
            ? ""
            : new String(payload, 0, Math.min(payload.length, MOST_PAYLOAD), UTF_8);
    StringBuilder lines = new StringBuilder();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable at = failure; at != null && seen.add(at); at = at.getCause()) {
      lines.append(lines.isEmpty() ? "" : "caused by ").append(at.getClass().getName());
      if (at.getMessage() != null) {
        lines.append(": ").append(shown(at.getMessage(), hidden));
      }
      lines.append('\n');
      StackTraceElement[] frames = at.getStackTrace();
      for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
        lines.append("  at ").append(frames[i]).append('\n');
      }
    }
    return cut(lines.toString().strip());
  }

  private static String shown(String message, String payload) {
    String safe = NAMED.matcher(withoutPayload(message, payload)).replaceAll("$1" + HIDDEN);
    safe = BEARER.matcher(safe).replaceAll("$1" + HIDDEN);
    safe = IN_ADDRESS.matcher(safe).replaceAll("$1" + HIDDEN + "@");
    safe = AWS_KEY.matcher(safe).replaceAll(HIDDEN).replaceAll("\\s+", " ");
    return safe.length() <= MOST_MESSAGE ? safe : safe.substring(0, MOST_MESSAGE) + "…";
  }

  /** Parsers quote what they could not read. */
  private static String withoutPayload(String whole, String payload) {
    int run = Math.min(RUN, payload.length());
    // What is cut off is not looked through.
    String message = whole.substring(0, Math.min(whole.length(), 2 * MOST_MESSAGE));
    if (run < 4) {
      return message;
    }
    StringBuilder kept = new StringBuilder();
    int at = 0;
    while (at < message.length()) {
      int end = at + run;
      if (end > message.length() || !payload.contains(message.substring(at, end))) {
        kept.append(message.charAt(at++));
        continue;
      }
      while (end < message.length() && payload.contains(message.substring(at, end + 1))) {
        end++;
      }
      kept.append("(payload)");
      at = end;
    }
    return kept.toString();
  }

  private static String cut(String text) {
    if (text.getBytes(UTF_8).length <= MOST_BYTES) {
      return text;
    }
    StringBuilder kept = new StringBuilder(text.substring(0, Math.min(text.length(), MOST_BYTES)));
    while (kept.toString().getBytes(UTF_8).length > MOST_BYTES - 3) {
      kept.setLength(kept.length() - 1);
    }
    return kept.append('…').toString();
  }
}
