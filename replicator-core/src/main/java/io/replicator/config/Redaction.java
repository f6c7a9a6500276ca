package io.replicator.config;

import io.replicator.spi.Settings;
import java.util.Map;
import java.util.TreeMap;

/** A redaction is a copy of options, fit to be shown: the values of secret keys are hidden. */
final class Redaction {
  private Redaction() {}

  static Map<String, String> of(Map<String, String> options) {
    Map<String, String> shown = new TreeMap<>(options);
    shown.replaceAll((key, value) -> Settings.isSecret(key) ? "(hidden)" : value);
    return shown;
  }
}
