package io.replicator.config;

import io.replicator.spi.Settings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.utils.Utils;

/**
 * How to reach one region's Kafka: options of kafka-clients under their own names.
 *
 * @param options in the order of the file; {@code bootstrap.servers} is always among them. Values
 *     may be secret.
 */
public record KafkaConfig(Map<String, String> options) {
  static final String BOOTSTRAP = "bootstrap.servers";

  /** Options that Replicator sets itself, each with what depends on it. */
  private static final Map<String, String> OWNED = new TreeMap<>();

  static {
    String deliver = "every change must be delivered once and in order";
    for (String option :
        Set.of(
            "acks",
            "enable.idempotence",
            "max.in.flight.requests.per.connection",
            "transactional.id",
            "delivery.timeout.ms")) {
      OWNED.put(option, deliver);
    }
    String read = "offsets are committed only after a change is applied";
    for (String option :
        Set.of(
            "group.id",
            "group.protocol",
            "auto.offset.reset",
            "enable.auto.commit",
            "isolation.level")) {
      OWNED.put(option, read);
    }
    for (String option :
        Set.of("key.serializer", "value.serializer", "key.deserializer", "value.deserializer")) {
      OWNED.put(option, "the form of its records is Replicator's own");
    }
  }

  private static final List<ConfigDef> CLIENTS =
      List.of(
          AdminClientConfig.configDef(), ConsumerConfig.configDef(), ProducerConfig.configDef());

  private static final SortedSet<String> KNOWN = new TreeSet<>();

  static {
    KNOWN.addAll(AdminClientConfig.configNames());
    KNOWN.addAll(ConsumerConfig.configNames());
    KNOWN.addAll(ProducerConfig.configNames());
  }

  public KafkaConfig {
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /** Reads the section {@code kafka} of {@code parent}, which must be there. */
  static KafkaConfig read(Settings parent) {
    if (!parent.has("kafka")) {
      parent.problem("kafka", "is required: a section with at least " + BOOTSTRAP);
    }
    Map<String, String> options = parent.passThrough("kafka");
    if (parent.has("kafka") && options.getOrDefault(BOOTSTRAP, "").isBlank()) {
      parent.problem("kafka." + BOOTSTRAP, "is required");
    }
    for (String option : options.keySet()) {
      if (OWNED.containsKey(option)) {
        parent.problem(
            "kafka." + option,
            "is set by Replicator, because " + OWNED.get(option) + "; leave it out");
      }
    }
    for (String option : options.keySet()) {
      if (!KNOWN.contains(option)) {
        // Others may be read by a login module or an interceptor: only what is nearly right is not.
        Settings.nearest(option, KNOWN, 2)
            .ifPresent(
                known ->
                    parent.problem(
                        "kafka." + option,
                        "is no option of Kafka's clients; did you mean '" + known + "'?"));
      }
    }
    checkValues(parent, options);
    checkJaas(parent, "kafka", options);
    return new KafkaConfig(options);
  }

  /** Kafka's clients themselves stop at the first option that they cannot take. */
  private static void checkValues(Settings parent, Map<String, String> options) {
    Map<String, String> refused = new TreeMap<>();
    for (ConfigDef client : CLIENTS) {
      for (ConfigValue value : client.validate(options)) {
        if (isForUs(value.name(), options) && !value.errorMessages().isEmpty()) {
          refused.putIfAbsent(value.name(), value.errorMessages().get(0));
        }
      }
    }
    refused.forEach(
        (option, why) ->
            parent.problem(
                "kafka." + option,
                Settings.isSecret(option)
                    ? "is not what Kafka's clients take there"
                    : "is refused by Kafka's clients: " + why));
    for (String server : options.getOrDefault(BOOTSTRAP, "").split(",", -1)) {
      String address = server.strip();
      if (!address.isEmpty()
          && !isFilledIn(address)
          && (Utils.getHost(address) == null || Utils.getPort(address) == null)) {
        parent.problem("kafka." + BOOTSTRAP, "'" + address + "' must be host:port");
      }
    }
  }

  /** What Replicator sets is reported already; what a provider is to fill in shows later. */
  private static boolean isForUs(String option, Map<String, String> options) {
    return options.containsKey(option)
        && !OWNED.containsKey(option)
        && !isFilledIn(options.get(option));
  }

  private static boolean isFilledIn(String value) {
    return value.contains("${");
  }

  /**
   * Reports JAAS texts that cannot be read: Kafka's own complaint would repeat what it stumbled
   * over, which may be a piece of a password.
   */
  static void checkJaas(Settings parent, String section, Map<String, String> options) {
    options.forEach(
        (option, value) -> {
          if (!option.endsWith(SaslConfigs.SASL_JAAS_CONFIG)) {
            return;
          }
          try {
            JaasContext.loadClientContext(
                Map.of(SaslConfigs.SASL_JAAS_CONFIG, new Password(value)));
          } catch (IllegalArgumentException e) {
            parent.problem(
                section + "." + option,
                "cannot be read: it must be one line of the form <login module class> required"
                    + " username=\"...\" password=\"...\"; (in a value, \\\" stands for \" and"
                    + " \\\\ for \\)");
          }
        });
  }

  /** Returns {@code bootstrap.servers}; empty if the configuration lacks it. */
  public String bootstrapServers() {
    return options.getOrDefault(BOOTSTRAP, "");
  }

  /** Returns the options as the constructors of Kafka's clients take them. */
  public Map<String, Object> asClientOptions() {
    return new LinkedHashMap<>(options);
  }

  /** Tells whether both name a server in common, and so are one Kafka. */
  boolean sharesServerWith(KafkaConfig other) {
    SortedSet<String> common = servers();
    common.retainAll(other.servers());
    return !common.isEmpty();
  }

  private SortedSet<String> servers() {
    SortedSet<String> servers = new TreeSet<>();
    for (String server : bootstrapServers().toLowerCase(Locale.ROOT).split(",", -1)) {
      if (!server.isBlank()) {
        servers.add(server.strip());
      }
    }
    return servers;
  }

  /** Returns the options with the values of secret ones hidden. */
  @Override
  public String toString() {
    return "KafkaConfig" + Redaction.of(options);
  }
}
