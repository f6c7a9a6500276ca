package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.DriverExecutionProfile;
import com.datastax.oss.driver.api.core.config.TypedDriverOption;
import com.typesafe.config.ConfigException;
import io.replicator.spi.Settings;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The driver's options, which operators give under their own names: a name that the driver does not
 * know, or a value that it could not read, is a problem of the configuration. The driver itself
 * would pass over the first and fail over the second when it is first used.
 */
final class DriverOptions {
  private DriverOptions() {}

  /** Reads the section, and tells of what is wrong in it. */
  static Map<String, String> read(Settings settings) {
    Map<String, String> options = settings.passThrough("driver");
    List<String> known =
        Arrays.stream(DefaultDriverOption.values()).map(DefaultDriverOption::getPath).toList();
    for (Map.Entry<String, String> option : options.entrySet()) {
      String name = option.getKey();
      boolean section = known.stream().anyMatch(path -> name.startsWith(path + "."));
      if (!section && !known.contains(name)) {
        settings
            .section("driver")
            .problem(name, "is no option of the driver" + Settings.known(name, known));
      } else {
        wrong(name, option.getValue())
            .forEach(what -> settings.section("driver").problem(name, what));
      }
    }
    return options;
  }

  private static List<String> wrong(String name, String value) {
    List<String> wrong = new ArrayList<>();
    for (TypedDriverOption<?> option : TypedDriverOption.builtInValues()) {
      if (option.getRawOption().getPath().equals(name)) {
        try (DriverConfigLoader loader =
            DriverConfigLoader.fromString(hocon(Map.of(name, value)))) {
          get(
              loader.getInitialConfig().getDefaultProfile(),
              option,
              option.getExpectedType().getType());
        } catch (ConfigException e) {
          wrong.add(
              "is no "
                  + option.getExpectedType().getRawType().getSimpleName().toLowerCase(Locale.ROOT)
                  + (option.getExpectedType().getRawType() == Duration.class
                      ? ": write a number and a unit, such as 5 seconds"
                      : ""));
        }
      }
    }
    return wrong;
  }

  private static void get(DriverExecutionProfile from, TypedDriverOption<?> option, Type type) {
    if (type == Duration.class) {
      from.getDuration(option.getRawOption());
    } else if (type == Integer.class) {
      from.getInt(option.getRawOption());
    } else if (type == Long.class) {
      from.getLong(option.getRawOption());
    } else if (type == Double.class) {
      from.getDouble(option.getRawOption());
    } else if (type == Boolean.class) {
      from.getBoolean(option.getRawOption());
    }
  }

  /** Returns options in the format of the driver's own configuration. */
  static String hocon(Map<String, String> options) {
    StringBuilder text = new StringBuilder("datastax-java-driver {\n");
    options.forEach(
        (path, value) ->
            text.append("  ")
                .append(path)
                .append(" = \"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\"\n"));
    return text.append("}\n").toString();
  }
}
