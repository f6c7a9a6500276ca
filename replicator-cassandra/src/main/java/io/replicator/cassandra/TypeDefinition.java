package io.replicator.cassandra;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A type definition is what a cluster tells of a user-defined type: its fields in their order,
 * which is all that tells the values of a frozen one apart.
 *
 * @param name the type, in the keyspace of the table that uses it
 * @param fields in their order
 */
public record TypeDefinition(String name, List<Field> fields) {
  /**
   * A field by its name.
   *
   * @param type in CQL, as {@code system_schema.types} has it
   */
  public record Field(String name, String type) {
    @Override
    public String toString() {
      return name + " " + type;
    }
  }

  /** A name as it stands in a type in CQL; a custom type's class stands in single quotes. */
  private static final Pattern NAME = Pattern.compile("\"((?:[^\"]|\"\")*)\"|'[^']*'|\\w+");

  public TypeDefinition {
    fields = List.copyOf(fields);
  }

  /**
   * Returns the user-defined types that types in CQL are made of, those of their fields among them,
   * in the order of their names.
   *
   * @param all of the keyspace, by their names
   */
  static List<TypeDefinition> usedBy(List<String> types, Map<String, TypeDefinition> all) {
    Map<String, TypeDefinition> used = new TreeMap<>();
    Deque<String> open = new ArrayDeque<>(types);
    while (!open.isEmpty()) {
      Matcher names = NAME.matcher(open.remove());
      while (names.find()) {
        String quoted = names.group(1);
        TypeDefinition found =
            all.get(quoted == null ? names.group() : quoted.replace("\"\"", "\""));
        if (found != null && used.put(found.name(), found) == null) {
          found.fields().forEach(field -> open.add(field.type()));
        }
      }
    }
    return List.copyOf(used.values());
  }

  /** Returns types so that each comes behind those that its fields are made of. */
  static List<TypeDefinition> innerFirst(List<TypeDefinition> types) {
    Map<String, TypeDefinition> all =
        types.stream().collect(Collectors.toMap(TypeDefinition::name, Function.identity()));
    // One uses more than each of those that it uses.
    return types.stream()
        .sorted(Comparator.comparingInt(type -> usedBy(type.fieldTypes(), all).size()))
        .toList();
  }

  private List<String> fieldTypes() {
    return fields.stream().map(Field::type).toList();
  }

  /**
   * Tells whether values of another definition can be written by this one: what {@code ALTER TYPE …
   * ADD} has added since is null in them.
   */
  boolean takes(TypeDefinition values) {
    return fields.size() >= values.fields.size()
        && fields.subList(0, values.fields.size()).equals(values.fields);
  }

  @Override
  public String toString() {
    return fields.stream().map(Field::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
