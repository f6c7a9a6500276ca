package io.replicator.config;

import io.replicator.model.OnFailure;
import io.replicator.spi.Settings;
import java.time.Duration;

/**
 * Reads what becomes of a change that keeps failing: one word, or a section with the word under
 * {@code action} and its bounds.
 */
final class OnFailureConfig {
  private static final String KEY = "on-failure";
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final Duration MOST = Duration.ofDays(7);
  private static final int TRIES = 5;
  private static final int MOST_TRIES = 1_000_000;

  private enum Action {
    RETRY,
    DEAD_LETTER,
    SKIP
  }

  private OnFailureConfig() {}

  /**
   * @param parks whether the changes of a key have an order, in which they wait in parking
   */
  static OnFailure read(Settings resource, boolean parks) {
    if (resource.isSingle(KEY)) {
      return of(resource.choice(KEY, Action.class, Action.RETRY), TRIES, MOST, parkAfter());
    }
    Settings section = resource.section(KEY);
    Action said = section.choice("action", Action.class, null);
    Action action = said == null ? Action.RETRY : said;
    if (said != null || !section.has("action")) { // one that cannot be read refuses no other key
      refuse(section, action, action != Action.RETRY, "park-after");
      refuse(section, action, action == Action.RETRY, "tries");
      refuse(section, action, action == Action.RETRY, "after");
    }
    if (!parks && action == Action.RETRY && section.has("park-after")) {
      section.problem(
          "park-after",
          "is not of this store: a key that fails holds up no other here, so none is parked: leave it"
              + " out");
    }
    // Whoever names a time alone means the time, however often that is.
    boolean timeAlone = section.has("after") && !section.has("tries");
    return of(
        action,
        (int) section.number("tries", timeAlone ? MOST_TRIES : TRIES, 1, MOST_TRIES),
        section.duration("after", MOST, LEAST, MOST),
        section.duration("park-after", parkAfter(), LEAST, MOST));
  }

  private static OnFailure of(Action action, int tries, Duration after, Duration parkAfter) {
    return switch (action) {
      case RETRY -> new OnFailure.Retry(parkAfter);
      case DEAD_LETTER -> new OnFailure.DeadLetter(tries, after);
      case SKIP -> new OnFailure.Skip(tries, after);
    };
  }

  private static Duration parkAfter() {
    return ((OnFailure.Retry) OnFailure.DEFAULT).parkAfter();
  }

  private static void refuse(Settings section, Action action, boolean meaningless, String key) {
    if (meaningless && section.has(key)) {
      section.problem(
          key,
          action == Action.RETRY
              ? "is of dead-letter and skip; retry tries without end, and knows park-after"
              : "is of retry alone; the others know tries and after");
    }
  }
}
