package io.replicator.model;

import java.util.regex.Pattern;

/**
 * A region is a named deployment, such as {@code us-east-1}.
 *
 * @param name lower-case letters, digits and hyphens, 1 to 40 of them; it becomes part of topic and
 *     bean names, where anything else would need quoting
 */
public record Region(String name) implements Comparable<Region> {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

  /**
   * @throws IllegalArgumentException if the name has another shape
   */
  public Region {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no region name: use 1 to 40 of a-z, 0-9 and '-', as in us-east-1");
    }
  }

  @Override
  public int compareTo(Region other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
