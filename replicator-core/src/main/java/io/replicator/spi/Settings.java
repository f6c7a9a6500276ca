package io.replicator.spi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings are one section of a configuration, read key by key.
 *
 * <p>Problems are collected, not thrown, so that all of them can be reported at once: a reader that
 * finds one returns a stand-in value and goes on. A key that nobody has asked for when {@link
 * #finish} is called is unknown, and the nearest key that was asked for is suggested. A text value
 * {@code ${env:NAME}} or {@code ${file:/path}} stands for that variable or that file's text without
 * the line ends behind it, so that secrets need not stand in the file; another one in such braces
 * is a slip of the pen. Values of secret keys are never repeated in a problem. Not thread-safe.
 */
public final class Settings {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)\\}");
  private static final Pattern BRACES = Pattern.compile("\\$\\{([^}]*)\\}");

  /** Where Kafka's own key for them stands, its clients know further references. */
  private static final String PROVIDERS = "config.providers";

  private static final Pattern SECRET =
      Pattern.compile(
          ".*(password|secret|token|jaas|credential|private|keystore\\.key|user\\.info).*");

  /** Stands for what a reference does not give, so that reading can go on. */
  private static final String UNSET = "unset";

  private static final Pattern LINE_ENDS = Pattern.compile("[\\r\\n]+\\z");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,10})\\s*(ms|s|m|h|d)");

  private final String path;
  private final Map<String, Object> values;
  private final List<Problem> problems;
  private final Set<String> asked = new LinkedHashSet<>();
  private final Map<String, Settings> sections = new LinkedHashMap<>();
  private boolean open;

  /**
   * @param path the section's full key; empty for the whole file
   * @param values what a YAML reader made of it: maps, lists, texts, numbers, booleans, nulls
   * @param problems where problems are added
   */
  public Settings(String path, Map<String, Object> values, List<Problem> problems) {
    this.path = path;
    this.values = values;
    this.problems = problems;
  }

  /** Returns the full key of a key of this section, as problems name it. */
  public String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** Returns a text that must be there and not be empty. */
  public String text(String key) {
    Optional<String> text = optionalText(key);
    if (text.isEmpty() && !has(key)) {
      problem(key, "is required");
    }
    return text.orElse("");
  }

  /** Returns a text, if one is there. */
  public Optional<String> optionalText(String key) {
    Object value = ask(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Map || value instanceof List) {
      problem(key, "must be a single text");
      return Optional.empty();
    }
    if (value instanceof Boolean) {
      problem(key, "must be a text; put it into quotes if it is one");
      return Optional.empty();
    }
    String text = value.toString();
    if (text.isBlank()) {
      problem(key, "must not be empty");
      return Optional.empty();
    }
    return Optional.of(text);
  }

  /** Returns a whole number within limits, both included. */
  public long number(String key, long otherwise, long least, long most) {
    Object value = ask(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Integer || value instanceof Long || referred(key, "-?\\d{1,18}", value)) {
      long number = Long.parseLong(value.toString());
      if (number >= least && number <= most) {
        return number;
      }
    }
    problem(key, "must be a whole number from " + least + " to " + most);
    return otherwise;
  }

  /** Returns {@code true} or {@code false}. */
  public boolean flag(String key, boolean otherwise) {
    Object value = ask(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean || referred(key, "true|false", value)) {
      return Boolean.parseBoolean(value.toString());
    }
    problem(key, "must be true or false");
    return otherwise;
  }

  /** Returns a length of time, written as a whole number and a unit: 500ms, 20s, 5m, 12h, 14d. */
  public Duration duration(String key, Duration otherwise) {
    Object value = ask(key);
    if (value == null) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(value.toString().trim());
    if (!matcher.matches()) {
      problem(key, "must be a whole number with a unit: 500ms, 20s, 5m, 12h or 14d");
      return otherwise;
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /** Returns a length of time within limits, both included. */
  public Duration duration(String key, Duration otherwise, Duration least, Duration most) {
    Duration duration = duration(key, otherwise);
    if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      problem(key, "must be from " + words(least) + " to " + words(most));
      return otherwise;
    }
    return duration;
  }

  /** Returns one of the words of an enum, written in lower case with hyphens. */
  public <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) {
    Object value = ask(key);
    if (value == null) {
      return otherwise;
    }
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (word.equals(value.toString())) {
        return constant;
      }
      words.add(word);
    }
    problem(
        key, "must be one of " + String.join(", ", words) + suggestion(value.toString(), words));
    return otherwise;
  }

  /** Returns a list of texts; empty if none is there. */
  public List<String> texts(String key) {
    Object value = ask(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)
        || list.stream()
            .anyMatch(item -> item == null || item instanceof Map || item instanceof List)) {
      problem(key, "must be a list of texts");
      return List.of();
    }
    return list.stream().map(item -> resolve(key, String.valueOf(item))).toList();
  }

  /** Returns a section; an empty one if none is there. */
  public Settings section(String key) {
    Settings section = sections.get(key);
    if (section == null) {
      section = new Settings(pathOf(key), asMap(key, ask(key)), problems);
      sections.put(key, section);
    }
    return section;
  }

  /** Returns the sections below a key by their names, in the order of the file. */
  public Map<String, Settings> sections(String key) {
    Settings parent = section(key);
    Map<String, Settings> named = new LinkedHashMap<>();
    for (String name : parent.values.keySet()) {
      named.put(name, parent.section(name));
    }
    return named;
  }

  /**
   * Returns all values below a key as texts, under their own names: options handed through to Kafka
   * or a client.
   */
  public Map<String, String> passThrough(String key) {
    Settings section = section(key);
    section.open = true;
    Map<String, String> options = new LinkedHashMap<>();
    section.flatten("", section.values, options);
    boolean known = !options.containsKey(PROVIDERS);
    options.replaceAll(
        (name, value) -> known ? section.resolve(name, value) : section.replace(name, value));
    return options;
  }

  /** Tells whether something stands at a key. Does not count as asking for it. */
  public boolean has(String key) {
    return values.get(key) != null;
  }

  /** Tells whether a single value, and no section or list, stands at a key. Asks for nothing. */
  public boolean isSingle(String key) {
    return has(key) && !(values.get(key) instanceof Map) && !(values.get(key) instanceof List);
  }

  /** Tells whether a list without anything in it stands at a key. Asks for nothing. */
  public boolean isEmptyList(String key) {
    return values.get(key) instanceof List<?> list && list.isEmpty();
  }

  /** Reports a problem with what stands at a key. */
  public void problem(String key, String mend) {
    Object value = values.get(key);
    String shown =
        value == null || value instanceof Map || value instanceof List ? "" : "'" + value + "'";
    if (!shown.isEmpty() && isSecret(key)) {
      shown = "(hidden)";
    }
    problems.add(new Problem(pathOf(key), shown, mend));
  }

  /**
   * Returns all that stands here and below, references resolved, to be compared with what stands
   * here another time. Counts as asking for nothing and reports nothing. May hold secrets.
   */
  public Map<String, Object> resolved() {
    return new Settings(path, values, new ArrayList<>()).resolve(values);
  }

  /** Leaves the rest of this section unread: none of its keys counts as unknown. */
  public void passOver() {
    open = true;
  }

  /** Reports every key that nobody asked for, here and in all sections below. */
  public void finish() {
    if (!open) {
      for (String key : values.keySet()) {
        if (!asked.contains(key)) {
          problems.add(new Problem(pathOf(key), "", "is not a known key" + known(key, asked)));
        }
      }
    }
    sections.values().forEach(Settings::finish);
  }

  /** Returns the end of a problem's text: the known word nearest to this one, or all of them. */
  public static String known(String word, Collection<String> known) {
    String suggestion = suggestion(word, known);
    if (!suggestion.isEmpty() || known.isEmpty()) {
      return suggestion;
    }
    return "; known are " + String.join(", ", known);
  }

  /** Tells whether a key names a secret, whose value must not be shown. */
  public static boolean isSecret(String key) {
    return SECRET.matcher(key.toLowerCase(Locale.ROOT)).matches();
  }

  private Object ask(String key) {
    asked.add(key);
    Object value = values.get(key);
    return value instanceof String text ? resolve(key, text) : value;
  }

  /** Tells whether a value came through a reference, which only yields texts, and has a form. */
  private boolean referred(String key, String form, Object value) {
    return values.get(key) instanceof String raw
        && REFERENCE.matcher(raw).find()
        && value.toString().matches(form);
  }

  private Map<String, Object> asMap(String key, Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> given) {
      given.forEach((name, item) -> map.put(String.valueOf(name), item));
    } else if (value != null) {
      problem(key, "must be a section of its own (key: value lines, indented)");
    }
    return map;
  }

  private void flatten(String prefix, Map<?, ?> from, Map<String, String> to) {
    from.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> map) {
            flatten(key + ".", map, to);
          } else if (value instanceof List<?> list) {
            to.put(key, String.join(",", list.stream().map(String::valueOf).toList()));
          } else if (value != null) {
            to.put(key, value.toString());
          }
        });
  }

  private Map<String, Object> resolve(Map<?, ?> section) {
    Map<String, Object> resolved = new LinkedHashMap<>();
    section.forEach((key, value) -> resolved.put(String.valueOf(key), resolve(value)));
    return resolved;
  }

  private Object resolve(Object value) {
    if (value instanceof Map<?, ?> map) {
      return resolve(map);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(item -> item == null ? "" : resolve(item)).toList();
    }
    return value instanceof String text ? resolve("", text) : value;
  }

  private String resolve(String key, String text) {
    String known =
        BRACES
            .matcher(text)
            .replaceAll(
                braces ->
                    Matcher.quoteReplacement(
                        REFERENCE.matcher(braces.group()).matches()
                            ? braces.group()
                            : unknown(key)));
    return replace(key, known);
  }

  private String unknown(String key) {
    problem(
        key,
        "holds a placeholder that is not known: write ${env:NAME} or ${file:/path}, and a value that"
            + " is to hold such braces into one of those");
    return UNSET;
  }

  private String replace(String key, String text) {
    Matcher matcher = REFERENCE.matcher(text);
    StringBuilder resolved = new StringBuilder();
    while (matcher.find()) {
      String value = referred(key, matcher.group(1), matcher.group(2));
      if (key.endsWith("jaas.config") && matcher.start() > 0) {
        value = quotedInJaas(value);
      }
      matcher.appendReplacement(resolved, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(resolved).toString();
  }

  /** A password may hold what would end or change a JAAS text in which it stands. */
  private static String quotedInJaas(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private String referred(String key, String kind, String name) {
    if (kind.equals("env")) {
      String value = System.getenv(name);
      if (value == null) {
        problem(key, "the environment variable " + name + " is not set");
        return UNSET;
      }
      return value;
    }
    try {
      return LINE_ENDS.matcher(Files.readString(Path.of(name))).replaceFirst("");
    } catch (IOException | InvalidPathException e) {
      problem(key, "the file " + name + " cannot be read: " + e.getClass().getSimpleName());
      return UNSET;
    }
  }

  private static String words(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds == 0) {
      return duration.toMillis() + "ms";
    }
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  /** Returns the known word that is at most so many edits away, if any is. */
  public static Optional<String> nearest(String word, Iterable<String> known, int most) {
    String nearest = null;
    int least = most + 1;
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static String suggestion(String word, Iterable<String> known) {
    return nearest(word, known, Math.max(2, word.length() / 3))
        .map(nearest -> "; did you mean '" + nearest + "'?")
        .orElse("");
  }

  /** Edits between two words, after Levenshtein. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitution, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
