package io.replicator.deploy.status;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import javax.management.ObjectName;

/**
 * A bean is one MXBean as it was at one moment.
 *
 * @param name its object name
 * @param attributes its attributes by name
 */
public record Bean(ObjectName name, Map<String, Object> attributes) {
  public Bean {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /** Returns a part of the bean's name; empty if it has none such. */
  public String key(String property) {
    String value = name.getKeyProperty(property);
    return value == null ? "" : value;
  }

  /** Returns a text attribute; empty if there is none. */
  public String text(String attribute) {
    return attributes.get(attribute) instanceof String text ? text : "";
  }

  /** Returns a number attribute; -1 if there is none. */
  public long number(String attribute) {
    return attributes.get(attribute) instanceof Number number ? number.longValue() : -1;
  }
}
