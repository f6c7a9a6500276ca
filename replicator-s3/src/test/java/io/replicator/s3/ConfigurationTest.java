package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Bad settings are all told at once, with the key and the mend. */
class ConfigurationTest {
  private static final Map<String, Object> RECEIVING = Map.of("capture", false);

  private final List<Problem> problems = new ArrayList<>();
  private final Settings storeSettings;

  ConfigurationTest() {
    storeSettings = settings("stores.s3", Map.of());
  }

  private Settings settings(String path, Map<String, Object> values) {
    return new Settings(path, new HashMap<>(values), problems);
  }

  private Store store(Map<String, Object> values) {
    Settings settings = settings("stores.s3", values);
    Store store = new S3Connector().configure(settings, new Region("us-east-1"));
    settings.finish();
    return store;
  }

  private StoreResource resource(Store store, String name, Map<String, Object> values) {
    Settings settings = settings("stores.s3.resources." + name, values);
    StoreResource resource = store.configure(new Resource("s3", name), settings);
    settings.finish();
    return resource;
  }

  @Test
  void everythingHasADefault() {
    try (Store store = store(Map.of())) {
      StoreResource resource = resource(store, "photos", RECEIVING);
      assertThat(problems).isEmpty();
      assertThat(resource.captures()).isFalse();
      assertThat(resource.applies()).isTrue();
      assertThat(storeSettings.resolved()).isEmpty();
    }
  }

  @Test
  void requestTimeoutIsTheLateness() {
    try (Store store = store(Map.of("request-timeout", "7s", "endpoint", "http://127.0.0.1:1"))) {
      StoreResource resource =
          resource(store, "photos", Map.of("notifications", Map.of("listing", "5m")));
      assertThat(problems).isEmpty();
      assertThat(resource.captures()).isTrue();
      var hints = (StoreResource.Door.Hints) resource.door();
      try (var target = hints.openTarget(BodyGate.WIDE)) {
        assertThat(target.lateness()).isEqualTo(Duration.ofSeconds(7));
        assertThat(target.isConditional()).isTrue();
      }
    }
  }

  @Test
  void allProblemsAreTold() {
    try (Store store =
        store(
            Map.of(
                "endpoint", "nowhere",
                "aws-region", "Mars",
                "request-timeout", "1h",
                "conditional-writes", "perhaps",
                "peers",
                    Map.of(
                        "us-west-2", Map.of("endpoint", "127.0.0.1"),
                        "us-east-1", Map.of(),
                        "No", Map.of()),
                "max-conections", 5))) {
      resource(
          store,
          "photos",
          Map.of(
              "bucket",
              "a b",
              "buckets",
              Map.of("us-west-2", "there"),
              "rename",
              Map.of("a/", "x/", "a/b/", "y/"),
              "notifications",
              Map.of("queue", "q", "topic", "t"),
              "replicate-deletes",
              false,
              "replicate-expirations",
              true,
              "inline-limit",
              -1,
              "multipart-threshold",
              0,
              "sufix",
              ".jpg"));
      assertThat(problems)
          .extracting(Problem::key)
          .containsExactlyInAnyOrder(
              "stores.s3.endpoint",
              "stores.s3.aws-region",
              "stores.s3.request-timeout",
              "stores.s3.conditional-writes",
              "stores.s3.peers.us-west-2.endpoint",
              "stores.s3.peers.us-east-1",
              "stores.s3.peers.No",
              "stores.s3.max-conections",
              "stores.s3.resources.photos.bucket",
              "stores.s3.resources.photos.bucket",
              "stores.s3.resources.photos.buckets",
              "stores.s3.resources.photos.rename",
              "stores.s3.resources.photos.notifications",
              "stores.s3.resources.photos.replicate-expirations",
              "stores.s3.resources.photos.inline-limit",
              "stores.s3.resources.photos.multipart-threshold",
              "stores.s3.resources.photos.sufix");
    }
  }

  @Test
  void whereHintsComeFromIsSaidUnlessTheRegionOnlyReceives() {
    try (Store store = store(Map.of())) {
      resource(store, "photos", Map.of());
      assertThat(problems)
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.key()).isEqualTo("stores.s3.resources.photos.notifications");
                assertThat(problem.mend()).contains("queue", "topic", "listing", "capture: false");
              });
    }
  }

  @Test
  void theRegionsThatAreNamedCanBeComparedWithThePeers() {
    try (Store store = store(Map.of("peers", Map.of("us-west-2", Map.of())))) {
      StoreResource resource =
          resource(
              store,
              "photos",
              Map.of(
                  "capture", false, "buckets", Map.of("us-east-1", "here", "us-wset-2", "there")));
      assertThat(problems).isEmpty();
      assertThat(store.regions()).containsOnlyKeys("peers.us-west-2");
      assertThat(resource.regions()).containsOnlyKeys("buckets.us-east-1", "buckets.us-wset-2");
    }
  }

  /** What is inline must fit into a record of Kafka, with all that stands beside it. */
  @Test
  void anInlineLimitThatNoRecordHoldsIsRefused() {
    try (Store store = store(Map.of())) {
      resource(store, "most", Map.of("bucket", "most", "capture", false, "inline-limit", 1 << 20));
      assertThat(problems).isEmpty();
      resource(
          store, "more", Map.of("bucket", "more", "capture", false, "inline-limit", (1 << 20) + 1));
      assertThat(problems)
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.key()).isEqualTo("stores.s3.resources.more.inline-limit");
                assertThat(problem.toString()).contains("1048576");
              });
    }
  }

  @Test
  void twoResourcesThatShareKeysOrAQueueAreRefused() {
    try (Store store = store(Map.of())) {
      resource(store, "all", Map.of("bucket", "one", "notifications", Map.of("queue", "q")));
      resource(
          store,
          "some",
          Map.of("bucket", "one", "prefix", "a/", "notifications", Map.of("queue", "q")));
      assertThat(problems)
          .extracting(Problem::key)
          .containsExactly(
              "stores.s3.resources.some.prefix", "stores.s3.resources.some.notifications.queue");
    }
  }

  @Test
  void twoResourcesOfOneBucketWithPrefixesApartAreTaken() {
    try (Store store = store(Map.of())) {
      resource(store, "a", Map.of("bucket", "one", "prefix", "a/", "capture", false));
      resource(store, "b", Map.of("bucket", "one", "prefix", "b/", "capture", false));
      assertThat(problems).isEmpty();
    }
  }

  @Test
  void renamedKeysComeBackToTheirCanonicalNames() {
    KeyMapping keys = new KeyMapping("in/", ".jpg", new TreeMap<>(Map.of("in/", "archive/")));
    assertThat(keys.local("in/a.jpg")).contains("archive/a.jpg");
    assertThat(keys.canonical("archive/a.jpg")).contains("in/a.jpg");
    assertThat(keys.local("in/a.png")).isEmpty();
    assertThat(keys.local("out/a.jpg")).isEmpty();
    assertThat(keys.canonical("in/a.jpg")).isEmpty();
    assertThat(keys.localPrefixes()).containsExactly("archive/");
    assertThat(keys.canonical(keys.own("identity"))).isEmpty();
  }
}
