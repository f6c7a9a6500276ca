package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From a notification in a topic to the other region's bucket, as the configuration says. */
class SettledPairTest {
  private static KafkaBroker broker;
  private static BucketServer east;
  private static BucketServer west;

  @BeforeAll
  static void start() {
    broker = KafkaBroker.started();
    east = BucketServer.start();
    west = BucketServer.start();
  }

  @AfterAll
  static void stop() {
    east.close();
    west.close();
    broker.close();
  }

  private static SettledPair pair(Map<String, Object> eastKeys, Map<String, Object> westKeys) {
    return new SettledPair(broker, east, west, eastKeys, westKeys);
  }

  @Test
  void whatATopicTellsInAnyStoresShapeSettlesInTheOtherRegion() {
    try (SettledPair pair = pair(Map.of(), Map.of())) {
      pair.east.tell("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"b\"}");
      pair.east.put("ä/ 雪+%", "of MinIO");
      pair.west.put("q?y=1&z", "of Ceph");
      pair.west.awaitText("ä/ 雪+%", "of MinIO");
      pair.east.awaitText("q?y=1&z", "of Ceph");
      pair.east.put("q?y=1&z", "over the replica");
      pair.west.awaitText("q?y=1&z", "over the replica");
      pair.west.remove("ä/ 雪+%");
      pair.east.awaitAbsent("ä/ 雪+%");
    }
  }

  @Test
  void onlyKeysWithinTheFiltersTravelUnderTheNameThatEachRegionGivesThem() {
    Map<String, Object> filters = Map.of("prefix", "img/", "suffix", ".jpg");
    Map<String, Object> renamed =
        Map.of("prefix", "img/", "suffix", ".jpg", "rename", Map.of("img/", "pictures/"));
    try (SettledPair pair = pair(filters, renamed)) {
      pair.west.put("pictures/kept.txt", "another suffix");
      pair.west.put("img/kept.jpg", "another prefix here");
      pair.east.put("img/kept.txt", "another suffix");
      pair.east.put("other/kept.jpg", "another prefix");
      pair.east.put("img/a.jpg", "from the east");
      pair.west.put("pictures/b.jpg", "from the west");
      pair.west.awaitText("pictures/a.jpg", "from the east");
      pair.east.awaitText("img/b.jpg", "from the west");

      pair.east.remove("img/kept.txt");
      pair.west.remove("img/kept.jpg");
      pair.west.remove("pictures/a.jpg");
      pair.east.remove("img/b.jpg");
      pair.east.awaitAbsent("img/a.jpg");
      pair.west.awaitAbsent("pictures/b.jpg");

      assertThat(pair.east.told())
          .containsExactlyInAnyOrder("UPSERT img/a.jpg", "DELETE img/b.jpg");
      assertThat(pair.west.told())
          .containsExactlyInAnyOrder("UPSERT img/b.jpg", "DELETE img/a.jpg");
      assertThat(pair.west.text("pictures/kept.txt")).isPresent();
      assertThat(pair.east.text("other/kept.jpg")).isPresent();
    }
  }

  @Test
  void whereDeletesAreNotReplicatedTheReplicaStaysAndALaterWriteWins() {
    Map<String, Object> keeping = Map.of("replicate-deletes", false);
    try (SettledPair pair = pair(keeping, keeping)) {
      pair.east.put("a", "first");
      pair.west.awaitText("a", "first");
      pair.east.remove("a");
      pair.east.awaitLost(1);
      pair.east.put("a", "second");
      pair.west.awaitText("a", "second");

      pair.west.remove("a");
      pair.west.awaitLost(1);
      assertThat(pair.east.text("a")).contains("second");
      pair.west.put("a", "third");
      pair.east.awaitText("a", "third");
      assertThat(pair.east.told()).containsExactly("UPSERT a", "UPSERT a");
      assertThat(pair.west.told()).containsExactly("UPSERT a");
    }
  }
}
