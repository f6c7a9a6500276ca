package io.replicator.letters;

import io.replicator.model.Flow;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A selection says which letters are meant; what is empty selects all.
 *
 * @param ids of the letters
 * @param flow that set them aside
 * @param key a change's, or how keys begin, and then a star
 * @param reason what stands in it, in capitals or not
 */
public record Selection(
    Set<Long> ids, Optional<Flow> flow, Optional<String> key, Optional<String> reason) {
  /** All letters. */
  public static final Selection ALL =
      new Selection(Set.of(), Optional.empty(), Optional.empty(), Optional.empty());

  public Selection {
    ids = Set.copyOf(ids);
  }

  /** Returns the letters of some ids. */
  public static Selection of(Set<Long> ids) {
    return new Selection(ids, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Tells whether a letter is meant. */
  public boolean takes(Letter letter) {
    return (ids.isEmpty() || ids.contains(letter.id()))
        && flow.filter(it -> !it.equals(letter.flow())).isEmpty()
        && key.filter(it -> !matches(it, letter.key())).isEmpty()
        && reason.filter(it -> !contains(letter.said().reason(), it)).isEmpty();
  }

  private static boolean matches(String wanted, String key) {
    return wanted.endsWith("*")
        ? key.startsWith(wanted.substring(0, wanted.length() - 1))
        : key.equals(wanted);
  }

  private static boolean contains(String text, String part) {
    return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }
}
