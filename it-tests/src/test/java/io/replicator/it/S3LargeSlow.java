package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * One object that is many times as large as an agent's heap, which is 256 MB: {@code mvn verify
 * -Pslow}, of five gibibytes or of {@code -Dreplicator.it.s3.gib=}.
 */
class S3LargeSlow {
  private static final int PART = 64 << 20;
  private static final int PARTS = Integer.getInteger("replicator.it.s3.gib", 5) * 16;
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @Test
  void anObjectOfManyTimesTheHeapArrivesWhole() {
    try (S3Regions regions = S3Regions.started()) {
      String key = "as large as it gets";
      put(regions.bucket(EAST), key);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> regions.bucket(WEST).has(key));
      for (int part = 0; part < PARTS; part++) {
        assertThat(part(regions.bucket(WEST), key, part))
            .as("part %d", part)
            .isEqualTo(bytes(part));
      }
      assertThat(regions.bucket(WEST).client().headObject(b -> b.bucket(Buckets.NAME).key(key)))
          .returns((long) PART * PARTS, head -> head.contentLength());
    }
  }

  private static void put(Buckets bucket, String key) {
    String upload =
        bucket
            .client()
            .createMultipartUpload(create -> create.bucket(Buckets.NAME).key(key))
            .uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      int number = part + 1;
      String etag =
          bucket
              .client()
              .uploadPart(
                  one -> one.bucket(Buckets.NAME).key(key).uploadId(upload).partNumber(number),
                  RequestBody.fromBytes(bytes(part)))
              .eTag();
      parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
    }
    bucket
        .client()
        .completeMultipartUpload(
            complete ->
                complete
                    .bucket(Buckets.NAME)
                    .key(key)
                    .uploadId(upload)
                    .multipartUpload(all -> all.parts(parts)));
  }

  private static byte[] part(Buckets bucket, String key, int part) {
    long from = (long) part * PART;
    String range = "bytes=" + from + "-" + (from + PART - 1);
    return bucket
        .client()
        .getObjectAsBytes(get -> get.bucket(Buckets.NAME).key(key).range(range))
        .asByteArrayUnsafe();
  }

  private static byte[] bytes(int part) {
    byte[] bytes = new byte[PART];
    new Random(part).nextBytes(bytes);
    return bytes;
  }
}
