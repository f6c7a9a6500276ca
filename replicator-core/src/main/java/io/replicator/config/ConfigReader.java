package io.replicator.config;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Connector;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A config reader goes through one file once and gathers all that is wrong with it. */
final class ConfigReader {
  /** The one durable format that this version writes. */
  private static final int FORMAT = 1;

  /** Stands for a region whose name is a problem, so that reading can go on. */
  private static final Region UNNAMED = new Region("0");

  private final Path file;
  private final List<Connector> connectors;
  private final boolean needsStores;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * @param needsStores whether a file without stores is a problem
   */
  ConfigReader(Path file, List<Connector> connectors, boolean needsStores) {
    this.file = file;
    this.connectors = connectors;
    this.needsStores = needsStores;
  }

  AgentConfig read() {
    Map<String, Object> keys = YamlFile.read(file, problems);
    if (keys.isEmpty() && !problems.isEmpty()) {
      throw new ConfigException(file, problems);
    }
    Settings root = new Settings("", keys, problems);
    Region region = region(root, "region", root.text("region")).orElse(UNNAMED);
    int format = format(root);
    KafkaConfig kafka = KafkaConfig.read(root);
    SortedMap<Region, PeerConfig> peers = peers(root, region, kafka);
    TopicConfig topics = TopicConfig.read(root.section("topics"));
    JmxConfig jmx = JmxConfig.read(root.section("jmx"));
    MirrorConfig mirror = MirrorConfig.read(root);
    List<StoreConfig> stores = stores(root, region, topics, peers);
    root.finish();
    if (!problems.isEmpty()) {
      stores.forEach(store -> store.store().close());
      throw new ConfigException(file, problems);
    }
    return new AgentConfig(region, format, kafka, peers, topics, jmx, mirror, stores);
  }

  private static int format(Settings root) {
    long format = root.number("format", FORMAT, 1, Integer.MAX_VALUE);
    if (format != FORMAT) {
      root.problem("format", "this version writes format 1 and no other; leave the key out");
    }
    return FORMAT;
  }

  private static Optional<Region> region(Settings settings, String key, String name) {
    if (name.isEmpty()) {
      return Optional.empty(); // reported already
    }
    try {
      return Optional.of(new Region(name));
    } catch (IllegalArgumentException e) {
      settings.problem(key, e.getMessage());
      return Optional.empty();
    }
  }

  private SortedMap<Region, PeerConfig> peers(Settings root, Region own, KafkaConfig ownKafka) {
    SortedMap<Region, PeerConfig> peers = new TreeMap<>();
    root.sections("peers")
        .forEach(
            (name, settings) -> {
              Optional<Region> region = region(root, "peers." + name, name);
              KafkaConfig kafka = KafkaConfig.read(settings);
              if (region.isEmpty()) {
                return;
              }
              if (name.equals(own.name())) {
                root.problem("peers." + name, "is this region itself; peers are the other ones");
              }
              if (kafka.sharesServerWith(ownKafka)) {
                settings.problem(
                    "kafka." + KafkaConfig.BOOTSTRAP,
                    "names a server of this region's own Kafka: its changes would come back");
              }
              for (PeerConfig other : peers.values()) {
                if (kafka.sharesServerWith(other.kafka())) {
                  settings.problem(
                      "kafka." + KafkaConfig.BOOTSTRAP,
                      "names a server of the Kafka of " + other.region() + ", too");
                }
              }
              peers.put(region.get(), new PeerConfig(region.get(), kafka));
            });
    return peers;
  }

  private List<StoreConfig> stores(
      Settings root, Region region, TopicConfig topics, SortedMap<Region, PeerConfig> peers) {
    Settings section = root.section("stores");
    List<StoreConfig> stores = new ArrayList<>();
    for (Connector connector : connectors) {
      String name = connector.store();
      Settings settings = section.section(name); // asked also when absent: a name that is known
      if (section.has(name)) {
        Store store = connector.configure(settings, region);
        refuseStrangers(settings, store.regions(), region, peers);
        List<ResourceConfig> resources = resources(name, store, settings, topics, region, peers);
        stores.add(new StoreConfig(name, store, resources, definition(settings, resources)));
      }
    }
    if (stores.isEmpty() && (needsStores || root.has("stores"))) {
      List<String> known = connectors.stream().map(Connector::store).sorted().toList();
      root.problem("stores", "needs at least one store of: " + String.join(", ", known));
    }
    return stores;
  }

  /** A region whose name is a slip of the pen would be passed over until something is missing. */
  private static void refuseStrangers(
      Settings settings,
      Map<String, Region> named,
      Region here,
      SortedMap<Region, PeerConfig> peers) {
    List<String> known = peers.keySet().stream().map(Region::name).toList();
    named.forEach(
        (key, region) -> {
          if (!region.equals(here) && !peers.containsKey(region)) {
            settings.problem(
                key,
                "'"
                    + region
                    + "' is neither this region nor one of the agent's peers"
                    + Settings.known(region.name(), known));
          }
        });
  }

  private static StoreDefinition definition(Settings settings, List<ResourceConfig> resources) {
    Map<String, Object> shared = settings.resolved();
    shared.remove("resources");
    Map<String, Settings> sections = settings.sections("resources");
    Map<Resource, Map<String, Object>> each = new HashMap<>();
    for (ResourceConfig config : resources) {
      each.put(config.resource(), sections.get(config.resource().name()).resolved());
    }
    return new StoreDefinition(shared, each);
  }

  private static List<ResourceConfig> resources(
      String name,
      Store store,
      Settings settings,
      TopicConfig topics,
      Region here,
      SortedMap<Region, PeerConfig> peers) {
    List<ResourceConfig> resources = new ArrayList<>();
    Map<String, Settings> sections = settings.sections("resources");
    sections.forEach(
        (resourceName, section) -> {
          Resource resource;
          try {
            resource = new Resource(name, resourceName);
          } catch (IllegalArgumentException e) {
            settings.problem("resources." + resourceName, e.getMessage());
            section.passOver();
            return;
          }
          StoreResource endpoint = store.configure(resource, section);
          refuseStrangers(section, endpoint.regions(), here, peers);
          resources.add(ResourceConfig.read(resource, endpoint, section, topics, here, peers));
        });
    if (sections.isEmpty()) {
      settings.problem("resources", "needs at least one resource: a section under its name");
    }
    return resources;
  }
}
