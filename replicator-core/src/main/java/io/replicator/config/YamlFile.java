package io.replicator.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.replicator.spi.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * A YAML file is read into maps, lists, texts, whole numbers, booleans and nulls.
 *
 * <p>Read token by token, because binding would keep the last of two equal keys, take an alias for
 * a text, and drop a number's leading zeros (account 012345678901). Problems name line and column
 * and never quote the file, which may hold secrets.
 */
final class YamlFile {
  private final List<Problem> problems;

  private YamlFile(List<Problem> problems) {
    this.problems = problems;
  }

  /** Returns the file's keys; empty, with a problem added, if it cannot be read. */
  static Map<String, Object> read(Path file, List<Problem> problems) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      problems.add(new Problem(file.toString(), "", "there is no such file"));
      return Map.of();
    } catch (IOException e) {
      String why = e.getClass().getSimpleName();
      problems.add(new Problem(file.toString(), "", "cannot be read as UTF-8 text: " + why));
      return Map.of();
    }
    return new YamlFile(problems).parse(text);
  }

  private Map<String, Object> parse(String text) {
    try (YAMLParser parser = new YAMLFactory().createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null || first == JsonToken.VALUE_NULL) {
        problems.add(new Problem("line 1", "", "the file is empty"));
        return Map.of();
      }
      if (first != JsonToken.START_OBJECT) {
        report(parser, "the file must consist of 'key: value' lines");
        return Map.of();
      }
      Map<String, Object> keys = map(parser);
      if (parser.nextToken() != null) {
        report(parser, "a second document begins here; the file may hold only one");
      }
      return keys;
    } catch (JsonProcessingException e) {
      problems.add(syntax(e));
      return Map.of();
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
  }

  private Map<String, Object> map(YAMLParser parser) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      if (map.containsKey(key)) {
        report(parser, "the key '" + key + "' stands here a second time; keep one of them");
      }
      parser.nextToken();
      map.put(key, value(parser));
    }
    return map;
  }

  private List<Object> list(YAMLParser parser) throws IOException {
    List<Object> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(value(parser));
    }
    return list;
  }

  private Object value(YAMLParser parser) throws IOException {
    if (parser.isCurrentAlias()) {
      report(parser, "aliases (*name) are not read; write the value out");
      return null;
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> map(parser);
      case START_ARRAY -> list(parser);
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> number(parser.getText());
      default -> parser.getText();
    };
  }

  /** A whole number, unless writing it again would give another text. */
  private static Object number(String text) {
    if (text.matches("0|-?[1-9]\\d{0,17}")) {
      return Long.valueOf(text);
    }
    return text;
  }

  private void report(YAMLParser parser, String mend) {
    JsonLocation at = parser.currentTokenLocation();
    problems.add(new Problem(place(at.getLineNr(), at.getColumnNr()), "", mend));
  }

  private static Problem syntax(JsonProcessingException e) {
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      Mark mark = marked.getProblemMark();
      boolean star = String.valueOf(marked.getContext()).contains("alias");
      return new Problem(
          place(mark.getLine() + 1, mark.getColumn() + 1),
          "",
          star
              ? "a value that begins with * must stand in quotes"
              : "no YAML: " + marked.getProblem());
    }
    JsonLocation at = e.getLocation();
    String place = at == null ? "line 1" : place(at.getLineNr(), at.getColumnNr());
    return new Problem(place, "", "no YAML: " + e.getClass().getSimpleName());
  }

  private static String place(int line, int column) {
    return "line " + line + ", column " + column;
  }
}
