package io.replicator.deploy.bucket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.deploy.process.FreePort;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A write that fails after the object is in place still sends its event. */
class BucketStoreTest {
  @TempDir private Path folder;

  /** A disk that fails once the object is written. */
  private static final class FailingLate extends ForwardingBlobStore {
    FailingLate(BlobStore disk) {
      super(disk);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
      delegate().putBlob(request, body);
      throw new IllegalStateException("the disk stumbles");
    }
  }

  @Test
  void aWriteThatFailsAfterItHappenedOwesItsEvent() throws Exception {
    BlobStore disk = new FilesystemNio2BlobStore(folder("data").toString());
    EventSpool spool = new EventSpool(folder("spool"));
    URI nobody = URI.create("http://127.0.0.1:" + FreePort.next());
    try (EventQueues queues = new EventQueues("us-east-1", nobody);
        EventSender sender =
            new EventSender("us-east-1", "test", queues, spool, Disturbance.NONE)) {
      BucketStore store =
          new BucketStore(
              new FailingLate(disk), folder("bodies"), List.of("photos"), spool, sender);
      store.createContainer("photos");
      PutObjectRequest put =
          PutObjectRequest.builder().bucket("photos").key("a").contentLength(1L).build();
      assertThatThrownBy(() -> store.putBlob(put, new ByteArrayInputStream("x".getBytes(UTF_8))))
          .hasMessageContaining("the disk stumbles");
      assertThat(disk.blobMetadataIfPresent("photos", "a")).isNotNull();
      assertThat(spool.debts()).extracting(EventSpool.Debt::key).containsExactly("a");
    }
  }

  private Path folder(String name) throws Exception {
    return Files.createDirectories(folder.resolve(name));
  }
}
