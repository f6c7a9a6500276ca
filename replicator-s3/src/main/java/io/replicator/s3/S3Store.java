package io.replicator.s3;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The S3 of one region.
 *
 * <p>Keys of a resource: {@code bucket}, by default the resource's name, or {@code buckets}, its
 * name in each region; {@code prefix} and {@code suffix} of the keys that are replicated; {@code
 * rename}, prefixes here by canonical prefixes; {@code notifications}, with one of {@code queue},
 * {@code topic}, {@code listing}; {@code inline-limit} and {@code multipart-threshold} in bytes;
 * {@code replicate-deletes}, {@code replicate-expirations}, {@code tags}.
 */
final class S3Store implements Store {
  private static final String BUCKET_RULE =
      "it has 3 to 255 letters, digits, dots, hyphens and underscores";
  private static final Pattern BUCKET =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]");
  private static final int INLINE_LIMIT = 256 << 10;
  private static final int MOST_INLINE = 1 << 20;
  private static final long MULTIPART_THRESHOLD = 8L << 20;

  /** Smaller parts S3 takes only as the last one. */
  private static final long LEAST_THRESHOLD = 5L << 20;

  private final Region region;
  private final Map<Region, Place> peers;
  private final boolean conditional;
  private final S3Clients clients;
  private final Map<Resource, BucketPlan> plans = new HashMap<>();
  private final Map<NotificationsFrom, Resource> sources = new HashMap<>();

  S3Store(Region region, Map<Region, Place> peers, boolean conditional, S3Clients clients) {
    this.region = region;
    this.peers = peers;
    this.conditional = conditional;
    this.clients = clients;
  }

  @Override
  public StoreResource configure(Resource resource, Settings settings) {
    BucketPlan plan =
        new BucketPlan(
            region,
            bucket(resource, settings),
            buckets(settings),
            keys(settings),
            clients.local(),
            peers,
            (int) settings.number("inline-limit", INLINE_LIMIT, 0, MOST_INLINE),
            settings.number(
                "multipart-threshold", MULTIPART_THRESHOLD, LEAST_THRESHOLD, FetchLimits.MEMORY),
            conditional,
            settings.flag("tags", true),
            settings.flag("replicate-deletes", true),
            settings.flag("replicate-expirations", false));
    Optional<NotificationsFrom> notifications = notifications(settings);
    if (!settings.has("notifications") && settings.flag("capture", true)) {
      settings.problem(
          "notifications",
          "is required, or nothing written here would be told: name their queue, their topic or a"
              + " listing's period; where this region only receives say capture: false");
    }
    if (plan.expirations() && !plan.deletes()) {
      settings.problem("replicate-expirations", "needs replicate-deletes: true");
    }
    refuseOverlap(resource, settings, plan);
    notifications.ifPresent(from -> claim(resource, settings, from));
    return new S3Resource(plan, notifications, clients);
  }

  @Override
  public Map<String, Region> regions() {
    Map<String, Region> named = new TreeMap<>();
    peers.keySet().forEach(peer -> named.put("peers." + peer, peer));
    return named;
  }

  private String bucket(Resource resource, Settings settings) {
    if (settings.has("bucket") && settings.has("buckets")) {
      settings.problem("bucket", "stands beside buckets: write one of them");
    }
    Optional<String> given = settings.optionalText("bucket");
    if (given.isPresent() && !BUCKET.matcher(given.get()).matches()) {
      settings.problem("bucket", "is no bucket name: " + BUCKET_RULE);
    }
    Map<String, String> named = settings.passThrough("buckets");
    if (settings.has("buckets") && !named.containsKey(region.name())) {
      settings.problem("buckets", "names no bucket for this region: add " + region + ": <bucket>");
    }
    return given.orElseGet(() -> named.getOrDefault(region.name(), resource.name()));
  }

  private static Map<Region, String> buckets(Settings settings) {
    Map<Region, String> buckets = new HashMap<>();
    settings
        .passThrough("buckets")
        .forEach(
            (name, bucket) -> {
              if (!BUCKET.matcher(bucket).matches()) {
                settings.section("buckets").problem(name, "is no bucket name: " + BUCKET_RULE);
              }
              try {
                buckets.put(new Region(name), bucket);
              } catch (IllegalArgumentException e) {
                settings.section("buckets").problem(name, e.getMessage());
              }
            });
    return buckets;
  }

  private static KeyMapping keys(Settings settings) {
    Map<String, String> renames = settings.passThrough("rename");
    KeyMapping.problem(renames).ifPresent(problem -> settings.problem("rename", problem));
    KeyMapping keys =
        new KeyMapping(
            settings.optionalText("prefix").orElse(""),
            settings.optionalText("suffix").orElse(""),
            new TreeMap<>(renames));
    if (keys.localPrefixes().isEmpty()) {
      settings.problem(
          "rename",
          "leaves no key, for no prefix in it agrees with prefix '" + keys.prefix() + "'");
    }
    return keys;
  }

  private static Optional<NotificationsFrom> notifications(Settings settings) {
    if (!settings.has("notifications")) {
      return Optional.empty();
    }
    Settings section = settings.section("notifications");
    List<NotificationsFrom> from = new ArrayList<>();
    section.optionalText("queue").ifPresent(name -> from.add(new NotificationsFrom.Queue(name)));
    section.optionalText("topic").ifPresent(name -> from.add(new NotificationsFrom.Topic(name)));
    Duration period =
        section.duration(
            "listing", Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofDays(7));
    if (section.has("listing")) {
      from.add(new NotificationsFrom.Listings(period));
    }
    if (from.size() != 1) {
      settings.problem(
          "notifications",
          "must have one of queue (SQS), topic (Kafka) and listing (a period, such as 5m)");
      return Optional.empty();
    }
    return Optional.of(from.get(0));
  }

  /** A key that two resources replicate would be settled by two ledgers. */
  private void refuseOverlap(Resource resource, Settings settings, BucketPlan plan) {
    plans.forEach(
        (other, theirs) -> {
          if (theirs.bucket().equals(plan.bucket()) && overlap(theirs.keys(), plan.keys())) {
            settings.problem(
                settings.has("prefix") ? "prefix" : "bucket",
                "holds keys that "
                    + other
                    + " replicates, too; give both prefixes of which none begins with the other");
          }
        });
    plans.put(resource, plan);
  }

  private static boolean overlap(KeyMapping one, KeyMapping other) {
    return one.localPrefixes().stream()
        .anyMatch(
            mine ->
                other.localPrefixes().stream()
                    .anyMatch(theirs -> mine.startsWith(theirs) || theirs.startsWith(mine)));
  }

  private void claim(Resource resource, Settings settings, NotificationsFrom from) {
    if (from instanceof NotificationsFrom.Queue) {
      Resource other = sources.putIfAbsent(from, resource);
      if (other != null) {
        settings
            .section("notifications")
            .problem(
                "queue",
                "is read for "
                    + other
                    + " already, and each would get only some of its messages; send each bucket's"
                    + " notifications to a queue of its own");
      }
    }
  }

  @Override
  public void close() {
    clients.close();
  }
}
