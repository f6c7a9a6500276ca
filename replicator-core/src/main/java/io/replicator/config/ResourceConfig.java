package io.replicator.config;

import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Settings;
import io.replicator.spi.StoreResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * A resource as this region replicates it.
 *
 * @param endpoint its local queue, bucket or table
 * @param partitions of its change topic
 * @param captureRate the most changes a second that are captured
 * @param from the regions whose changes are applied here; this one among them if it applies its own
 * @param capture whether local changes are sent to the others
 * @param onFailure what becomes of a change that keeps failing
 * @param settle how it is settled, where its store gives hints
 * @param breaker when the breaker before it opens
 * @param throttle how fast each of its flows is applied
 */
public record ResourceConfig(
    Resource resource,
    StoreResource endpoint,
    int partitions,
    OptionalLong captureRate,
    List<Region> from,
    boolean capture,
    OnFailure onFailure,
    Optional<SettleConfig> settle,
    BreakerConfig breaker,
    ThrottleConfig throttle) {
  private static final long MAX_RATE = 1_000_000_000L;

  public ResourceConfig {
    from = List.copyOf(from);
  }

  /** A resource whose store has a log of its own, with nothing else said of it. */
  public ResourceConfig(
      Resource resource,
      StoreResource endpoint,
      int partitions,
      OptionalLong captureRate,
      List<Region> from,
      boolean capture) {
    this(resource, endpoint, partitions, captureRate, from, capture, Optional.empty());
  }

  /** A resource with nothing else said of it. */
  public ResourceConfig(
      Resource resource,
      StoreResource endpoint,
      int partitions,
      OptionalLong captureRate,
      List<Region> from,
      boolean capture,
      Optional<SettleConfig> settle) {
    this(
        resource,
        endpoint,
        partitions,
        captureRate,
        from,
        capture,
        OnFailure.DEFAULT,
        settle,
        BreakerConfig.DEFAULT,
        ThrottleConfig.NONE);
  }

  /**
   * Returns the flows that are taken in here: those that are applied, and, where it is settled, the
   * region's own hints.
   */
  public List<Flow> inflows(Region here) {
    List<Flow> flows = new ArrayList<>();
    from.forEach(origin -> flows.add(new Flow(resource, origin)));
    if (settle.isPresent() && capture) {
      flows.add(new Flow(resource, here));
    }
    return flows;
  }

  static ResourceConfig read(
      Resource resource,
      StoreResource endpoint,
      Settings settings,
      TopicConfig topics,
      Region here,
      SortedMap<Region, PeerConfig> peers) {
    long rate = settings.number("capture-rate", 0, 1, MAX_RATE);
    int partitions =
        (int) settings.number("partitions", topics.partitions(), 1, TopicConfig.MAX_PARTITIONS);
    List<Region> from = new ArrayList<>();
    from.addAll(endpoint.applies() ? origins(settings, here, peers) : passedOver(settings));
    boolean capture = settings.flag("capture", true) && endpoint.captures();
    if (capture && endpoint.appliesOwn()) {
      from.add(0, here);
    }
    boolean settled = endpoint.door() instanceof StoreResource.Door.Hints;
    boolean refused = settings.has("capture") && !capture;
    if (!capture && from.isEmpty() && settings.texts("from").isEmpty() && (settled || refused)) {
      settings.problem(
          refused ? "capture" : "from",
          "nothing of this resource would be replicated: it is not captured here, and there is no"
              + " region to take changes from; capture it, name a region in from, or remove it");
    }
    return new ResourceConfig(
        resource,
        endpoint,
        partitions,
        rate == 0 ? OptionalLong.empty() : OptionalLong.of(rate),
        from,
        capture,
        OnFailureConfig.read(settings, !settled),
        settled ? Optional.of(SettleConfig.read(settings)) : Optional.empty(),
        BreakerConfig.read(settings.section("breaker")),
        ThrottleConfig.read(settings));
  }

  private static List<Region> passedOver(Settings settings) {
    settings.texts("from");
    return List.of();
  }

  private static List<Region> origins(
      Settings settings, Region here, SortedMap<Region, PeerConfig> peers) {
    List<String> names = settings.texts("from");
    if (!settings.has("from")) {
      return List.copyOf(peers.keySet());
    }
    List<Region> origins = new ArrayList<>();
    List<String> known = peers.keySet().stream().map(Region::name).toList();
    for (String name : names) {
      if (known.contains(name)) {
        origins.add(new Region(name));
      } else if (name.equals(here.name())) {
        settings.problem(
            "from",
            "'"
                + name
                + "' is this region itself; leave it out: from names other regions, and a queue"
                + " that is to deliver what is sent here says deliver: everywhere");
      } else {
        settings.problem("from", "'" + name + "' is not among peers" + Settings.known(name, known));
      }
    }
    return origins;
  }
}
