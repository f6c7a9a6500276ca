package io.replicator.mirror;

import io.replicator.spi.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.provider.ConfigProvider;

/**
 * Mirror secrets are the secret values among MirrorMaker's properties, kept in memory and handed
 * out when they are used.
 *
 * <p>MirrorMaker writes its connectors' configurations into a topic. What stands there in a
 * secret's place is a reference to this provider, {@code ${replicator:FLOW:KEY}}, which each agent
 * of the region resolves from its own configuration. Kafka makes the instances; what they know is
 * the process's. Thread-safe.
 */
public final class MirrorSecrets implements ConfigProvider {
  private static final String NAME = "replicator";
  private static final String PROVIDERS = "config.providers";
  private static final Map<String, Map<String, String>> KEPT = new ConcurrentHashMap<>();

  /** For Kafka, which finds it by {@code config.providers}. */
  public MirrorSecrets() {}

  /** Keeps the secrets of a flow's properties, and returns the properties without them. */
  static SortedMap<String, String> hide(String flow, Map<String, String> properties) {
    SortedMap<String, String> shown = new TreeMap<>(properties);
    Map<String, String> secrets = new HashMap<>();
    properties.forEach(
        (key, value) -> {
          if (Settings.isSecret(key)) {
            secrets.put(key, value);
            shown.put(key, "${" + NAME + ":" + flow + ":" + key + "}");
          }
        });
    KEPT.put(flow, Map.copyOf(secrets));
    shown.merge(PROVIDERS, NAME, (others, ours) -> ours + "," + others);
    shown.put(PROVIDERS + "." + NAME + ".class", MirrorSecrets.class.getName());
    return shown;
  }

  /** Forgets the secrets of a flow. */
  static void forget(String flow) {
    KEPT.remove(flow);
  }

  @Override
  public ConfigData get(String flow) {
    return new ConfigData(KEPT.getOrDefault(flow, Map.of()));
  }

  @Override
  public ConfigData get(String flow, Set<String> keys) {
    Map<String, String> wanted = new HashMap<>(KEPT.getOrDefault(flow, Map.of()));
    wanted.keySet().retainAll(keys);
    return new ConfigData(wanted);
  }

  @Override
  public void configure(Map<String, ?> options) {
    // what it hands out is given to it by hide()
  }

  @Override
  public void close() {
    // the next worker of this process needs the secrets as well
  }
}
