package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class S3ClientsTest {
  private static Place place(int port) {
    return new Place(
        "us-east-1", Optional.of(URI.create("http://127.0.0.1:" + port)), Optional.empty());
  }

  @Test
  void nothingIsOpenedForARequestThatStragglesBehindTheClose() {
    try (S3Clients store = new S3Clients(place(1), Optional.empty(), Duration.ofSeconds(20), 8)) {
      S3Clients bucket = store.apart();
      var used = bucket.at(place(1));
      bucket.close();
      assertThat(bucket.at(place(1))).isSameAs(used);
      assertThatThrownBy(() -> bucket.at(place(2)))
          .isInstanceOfSatisfying(
              ReplicationException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TRANSIENT));
      assertThat(store.at(place(2))).as("another bucket's").isNotNull();
    }
  }
}
