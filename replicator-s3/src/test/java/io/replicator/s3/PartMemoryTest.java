package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** A part is sent as it comes, also where the SDK signs it because there is no TLS. */
class PartMemoryTest {
  private static final long PART = 256L << 20;
  private static final int BUFFER = 64 << 10;
  private static final long ENOUGH = 16L << 20;

  @BeforeAll
  static void credentials() {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
  }

  @Test
  @Timeout(60)
  void theFirstBytesOfAPartAreSentBeforeItsLastOnesAreThere() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        S3Clients clients =
            new S3Clients(
                at("http://127.0.0.1:" + server.getLocalPort()),
                Optional.empty(),
                Duration.ofSeconds(30),
                4)) {
      AtomicLong passed = new AtomicLong();
      CompletableFuture<UploadPartResponse> upload =
          clients
              .here()
              .uploadPart(
                  part ->
                      part.bucket("here")
                          .key("large")
                          .uploadId("upload")
                          .partNumber(1)
                          .contentLength(PART),
                  counted(passed));
      try (Socket client = server.accept()) {
        assertThat(head(client.getInputStream())).startsWith("PUT /here/large?");
        assertThat(passed.get()).isLessThan(ENOUGH);
      }
      upload.cancel(true);
    }
  }

  private static Place at(String endpoint) {
    return new Place("us-east-1", Optional.of(URI.create(endpoint)), Optional.empty());
  }

  private static AsyncRequestBody counted(AtomicLong passed) {
    return AsyncRequestBody.fromPublisher(
        SdkPublisher.fromIterable(
            () ->
                LongStream.range(0, PART / BUFFER)
                    .mapToObj(
                        number -> {
                          passed.addAndGet(BUFFER);
                          return ByteBuffer.allocate(BUFFER);
                        })
                    .iterator()));
  }

  /** Reads up to the end of a request's head, and no further. */
  private static String head(InputStream in) throws Exception {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertThat(next).as("what follows %s", head).isNotNegative();
      head.append((char) next);
    }
    return head.toString();
  }
}
