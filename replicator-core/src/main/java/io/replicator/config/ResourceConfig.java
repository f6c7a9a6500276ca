package io.replicator.config;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Settings;
import io.replicator.spi.StoreResource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * A resource as this region replicates it.
 *
 * @param endpoint its local queue, bucket or table
 * @param partitions of its change topic
 * @param captureRate the most changes a second that are captured
 * @param from the regions whose changes are applied here
 * @param capture whether local changes are sent to the others
 */
public record ResourceConfig(
    Resource resource,
    StoreResource endpoint,
    int partitions,
    OptionalLong captureRate,
    List<Region> from,
    boolean capture) {
  private static final long MAX_RATE = 1_000_000_000L;

  public ResourceConfig {
    from = List.copyOf(from);
  }

  static ResourceConfig read(
      Resource resource,
      StoreResource endpoint,
      Settings settings,
      TopicConfig topics,
      SortedMap<Region, PeerConfig> peers) {
    long rate = settings.number("capture-rate", 0, 1, MAX_RATE);
    return new ResourceConfig(
        resource,
        endpoint,
        (int) settings.number("partitions", topics.partitions(), 1, TopicConfig.MAX_PARTITIONS),
        rate == 0 ? OptionalLong.empty() : OptionalLong.of(rate),
        endpoint.applies() ? origins(settings, peers) : passedOver(settings),
        settings.flag("capture", true) && endpoint.captures());
  }

  private static List<Region> passedOver(Settings settings) {
    settings.texts("from");
    return List.of();
  }

  private static List<Region> origins(Settings settings, SortedMap<Region, PeerConfig> peers) {
    List<String> names = settings.texts("from");
    if (!settings.has("from")) {
      return List.copyOf(peers.keySet());
    }
    List<Region> origins = new ArrayList<>();
    List<String> known = peers.keySet().stream().map(Region::name).toList();
    for (String name : names) {
      if (known.contains(name)) {
        origins.add(new Region(name));
      } else {
        settings.problem("from", "'" + name + "' is not among peers" + Settings.known(name, known));
      }
    }
    return origins;
  }
}
