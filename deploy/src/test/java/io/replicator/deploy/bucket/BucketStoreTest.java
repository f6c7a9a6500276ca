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
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A write that fails, or is cut short, leaves the bucket and its events right. */
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

  @Test
  void whatAKilledProcessHadHalfWrittenIsGoneAndAnObjectOfSuchANameIsNot() throws Exception {
    String uuid = "-2df982bb-8832-454c-b4ce-85cadb313e76";
    BlobStore disk = new FilesystemNio2BlobStore(folder("data").toString());
    EventSpool spool = new EventSpool(folder("spool"));
    URI nobody = URI.create("http://127.0.0.1:" + FreePort.next());
    try (EventQueues queues = new EventQueues("us-east-1", nobody);
        EventSender sender =
            new EventSender("us-east-1", "test", queues, spool, Disturbance.NONE)) {
      BucketStore store = new BucketStore(disk, folder("bodies"), List.of("photos"), spool, sender);
      store.createContainer("photos");
      for (String key : List.of("b" + uuid, "a" + uuid.replace('2', '3'), "a" + uuid)) {
        Files.writeString(folder("data/photos").resolve(key), "x");
      }
      Path older = folder("data/photos").resolve("a" + uuid.replace('2', '3'));
      Files.setLastModifiedTime(older, FileTime.from(Instant.now().minusSeconds(60)));
      spool.owe("photos", "b");
      spool.owe("photos", "b" + uuid);
      EventSpool.Debt cutShort = spool.owe("photos", "a");
      Path left = folder("data/photos").resolve("a" + uuid);
      Files.setLastModifiedTime(left, FileTime.from(cutShort.time().plusMillis(1)));
      store.sendOwed();
      assertThat(folder("data/photos").toFile().list())
          .containsExactlyInAnyOrder("b" + uuid, "a" + uuid.replace('2', '3'));
    }
  }

  private Path folder(String name) throws Exception {
    return Files.createDirectories(folder.resolve(name));
  }
}
