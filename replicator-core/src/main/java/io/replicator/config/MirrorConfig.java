package io.replicator.config;

import io.replicator.spi.Settings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who runs the mirror.
 *
 * @param options MirrorMaker 2's own options, which win over those that are generated. Values may
 *     be secret.
 */
public record MirrorConfig(Mode mode, Map<String, String> options) {
  /** Who runs the mirror. */
  public enum Mode {
    /** The agent itself. */
    EMBEDDED,
    /** Somebody else; the agent only watches whether anything arrives. */
    EXTERNAL
  }

  /** Embedded, as generated. */
  public static final MirrorConfig DEFAULT = new MirrorConfig(Mode.EMBEDDED, Map.of());

  public MirrorConfig {
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /** Reads {@code mirror} of the whole file: a section, or the mode alone. */
  static MirrorConfig read(Settings root) {
    if (root.isSingle("mirror")) {
      return new MirrorConfig(root.choice("mirror", Mode.class, DEFAULT.mode), DEFAULT.options);
    }
    Settings settings = root.section("mirror");
    Mode mode = settings.choice("mode", Mode.class, DEFAULT.mode);
    Map<String, String> options = settings.passThrough("options");
    KafkaConfig.checkJaas(settings, "options", options);
    return new MirrorConfig(mode, options);
  }

  /** Returns the configuration with the values of secret options hidden. */
  @Override
  public String toString() {
    return "MirrorConfig[mode=" + mode + ", options=" + Redaction.of(options) + "]";
  }
}
