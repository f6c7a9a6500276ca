package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.Content;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BucketTargetTest {
  private static BucketServer server;
  private static S3Clients clients;

  @BeforeAll
  static void start() {
    server = BucketServer.start();
    clients = new S3Clients(server.place(), Optional.empty(), Duration.ofSeconds(20), 64);
  }

  @AfterAll
  static void stop() {
    clients.close();
    server.close();
  }

  static BucketTarget target(String bucket) {
    return new BucketTarget(
        new BucketPlan(
            new Region("us-west-2"),
            bucket,
            new KeyMapping("", "", new TreeMap<>()),
            server.place(),
            Map.of(new Region("us-east-1"), server.place()),
            256 << 10,
            8 << 20,
            true,
            true,
            true,
            false),
        clients);
  }

  @Test
  void walks() {
    server.create("here");
    server.create("there");
    BucketTarget here = target("here");
    BucketTarget there = target("there");
    assertThat(here.look("a/ä +%", true).toCompletableFuture().join()).isEmpty();
    server.put("here", "a/ä +%", "hello".getBytes(UTF_8), Map.of("Color", "blue"));
    Seen seen = here.look("a/ä +%", true).toCompletableFuture().join().orElseThrow();
    Seen headed = here.look("a/ä +%", false).toCompletableFuture().join().orElseThrow();
    assertThat(headed.fingerprint()).isEqualTo(seen.fingerprint());
    Content content = seen.content().orElseThrow();
    content.attributes().forEach((n, v) -> System.out.println(n + "=" + new String(v, UTF_8)));
    Version version = new Version(1700000000, 0, new Region("us-east-1"));
    Change change =
        new Change(
            "1",
            "a/ä +%",
            Change.Kind.UPSERT,
            Instant.now(),
            Optional.of(version),
            Optional.empty(),
            content.attributes(),
            content.payload());
    Put put = there.put(change, Optional.empty()).toCompletableFuture().join();
    Seen after = there.look("a/ä +%", false).toCompletableFuture().join().orElseThrow();
    assertThat(put).isEqualTo(new Put.Written(after.fingerprint()));
    assertThat(after.replicaOf()).contains(version);
    assertThat(after.fingerprint()).isEqualTo(seen.fingerprint());
    assertThat(there.put(change, Optional.empty()).toCompletableFuture().join())
        .isEqualTo(new Put.Refused());
    assertThat(there.put(change, Optional.of("x:y")).toCompletableFuture().join())
        .isEqualTo(new Put.Refused());
    assertThat(there.put(change, Optional.of(after.fingerprint())).toCompletableFuture().join())
        .isEqualTo(put);
    assertThat(there.delete("a/ä +%", "x:y").toCompletableFuture().join()).isFalse();
    assertThat(there.delete("a/ä +%", after.fingerprint()).toCompletableFuture().join()).isTrue();
    assertThat(there.delete("a/ä +%", after.fingerprint()).toCompletableFuture().join()).isTrue();
    assertThat(there.identity().toCompletableFuture().join()).isEmpty();
    String id = there.claim().toCompletableFuture().join();
    assertThat(there.identity().toCompletableFuture().join()).contains(id);
  }
}
