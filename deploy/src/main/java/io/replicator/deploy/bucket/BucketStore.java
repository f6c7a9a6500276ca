package io.replicator.deploy.bucket;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket store is S3Proxy's store on disk with what it lacks of S3's behaviour: conditions are
 * judged and the object is touched in one step, each such step owes an event, half-written files
 * are in no listing, a folder has an ETag, and a key that no file can have is refused. Thread-safe.
 *
 * <p>Not mended, for S3Proxy does not hand it on: a condition on the destination of a copy.
 */
final class BucketStore extends ForwardingBlobStore {
  /** What S3Proxy keeps for itself under such names is no object. */
  private static final List<String> RESERVED = List.of(".mpus-", ".s3proxy-");

  /** The ETag of what holds nothing: on disk a folder has none. */
  private static final String EMPTY = "\"d41d8cd98f00b204e9800998ecf8427e\"";

  private final Path bodies;
  private final Set<String> watched;
  private final EventSpool spool;
  private final EventSender events;
  private final KeyLocks locks = new KeyLocks();

  /**
   * A store in front of another.
   *
   * @param bodies a folder for what clients are sending
   * @param watched the buckets that have events
   */
  BucketStore(
      BlobStore disk, Path bodies, List<String> watched, EventSpool spool, EventSender events) {
    super(disk);
    this.bodies = bodies;
    this.watched = Set.copyOf(watched);
    this.spool = spool;
    this.events = events;
  }

  /** Sends what an earlier process still owed: what is so now, whatever became of its requests. */
  void sendOwed() throws IOException {
    List<EventSpool.Debt> debts = spool.debts();
    for (EventSpool.Debt debt : debts) {
      if (watched.contains(debt.bucket()) && containerExists(debt.bucket())) {
        HalfWritten.remove(delegate(), debt, debts);
        sendAsItIs(debt);
      } else {
        spool.settle(debt);
      }
    }
  }

  @Override
  public PutObjectResponse putBlob(PutObjectRequest request, InputStream stream) {
    String bucket = request.bucket();
    String key = request.key();
    FileNames.refuseUnlessHeld(key);
    try (Body body = Body.read(stream, bodies);
        InputStream whole = body.open()) {
      if (FileNames.isFolder(key) && !body.isEmpty()) {
        throw S3Exceptions.invalidArgument("a key that ends with a slash holds nothing here");
      }
      return locks.holding(
          bucket,
          key,
          () -> {
            if (request.ifNoneMatch() != null && look(bucket, key) != null) {
              throw S3Exceptions.preconditionFailed(null);
            }
            if (request.ifMatch() != null) {
              refuseUnlessMatching(bucket, key, request.ifMatch());
            }
            return touch(bucket, key, S3Event.PUT, () -> delegate().putBlob(request, whole));
          });
    } catch (IOException e) {
      throw new UncheckedIOException("the body of " + key + " did not come whole", e);
    }
  }

  @Override
  public CopyObjectResponse copyBlob(CopyObjectRequest request) {
    String bucket = request.destinationBucket();
    String key = request.destinationKey();
    FileNames.refuseUnlessHeld(key);
    return locks.holding(
        bucket, key, () -> touch(bucket, key, S3Event.COPY, () -> delegate().copyBlob(request)));
  }

  @Override
  public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
    FileNames.refuseUnlessHeld(request.key());
    return delegate().initiateMultipartUpload(request);
  }

  @Override
  public CompleteMultipartUploadResponse completeMultipartUpload(
      MultipartUpload upload, CompleteMultipartUploadRequest request) {
    String bucket = upload.containerName();
    String key = upload.blobName();
    return locks.holding(
        bucket,
        key,
        () -> {
          refuseIfChanged(bucket, key);
          return touch(
              bucket,
              key,
              S3Event.MULTIPART,
              () -> delegate().completeMultipartUpload(upload, request));
        });
  }

  @Override
  public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
    String bucket = request.bucket();
    String key = request.key();
    return locks.holding(
        bucket,
        key,
        () -> {
          refuseIfChanged(bucket, key);
          return look(bucket, key) == null
              ? delegate().removeBlob(request)
              : touch(bucket, key, S3Event.REMOVED, () -> delegate().removeBlob(request));
        });
  }

  @Override
  public HeadObjectResponse blobMetadataIfPresent(HeadObjectRequest request) {
    HeadObjectResponse there = tagged(delegate().blobMetadataIfPresent(request));
    Looks.saw(request.bucket(), request.key(), etag(there));
    return there;
  }

  @Override
  public HeadObjectResponse blobMetadataIfPresent(String bucket, String key) {
    return blobMetadataIfPresent(HeadObjectRequest.builder().bucket(bucket).key(key).build());
  }

  @Override
  public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
    return tagged(delegate().blobMetadata(request));
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    ResponseInputStream<GetObjectResponse> answer = delegate().getBlob(request);
    return answer.response().eTag() != null
        ? answer
        : new ResponseInputStream<>(answer.response().toBuilder().eTag(EMPTY).build(), answer);
  }

  /** A folder without an ETag could be neither told apart nor written on a condition. */
  private static HeadObjectResponse tagged(HeadObjectResponse there) {
    return there == null || there.eTag() != null ? there : there.toBuilder().eTag(EMPTY).build();
  }

  @Override
  public ListObjectsV2Response list(ListObjectsV2Request request) {
    ListObjectsV2Response all = delegate().list(request);
    List<S3Object> whole =
        all.contents().stream().filter(object -> isWhole(request.bucket(), object.key())).toList();
    return whole.size() == all.contents().size()
        ? all
        : all.toBuilder().contents(whole).keyCount(whole.size()).build();
  }

  private boolean isWhole(String bucket, String key) {
    return HalfWritten.keyOf(key)
        .map(of -> !locks.isBusy(bucket, of) && look(bucket, key) != null)
        .orElse(true);
  }

  private void refuseUnlessMatching(String bucket, String key, String etag) {
    HeadObjectResponse there = look(bucket, key);
    if (there == null) {
      throw S3Exceptions.noSuchKey(bucket, key, "nothing to match");
    }
    if (!bare(etag).equals(bare(there.eTag()))) {
      throw S3Exceptions.preconditionFailed(null);
    }
  }

  private void refuseIfChanged(String bucket, String key) {
    if (!Looks.stillTrue(bucket, key, etag(look(bucket, key)))) {
      throw S3Exceptions.preconditionFailed(null);
    }
  }

  private HeadObjectResponse look(String bucket, String key) {
    return tagged(delegate().blobMetadataIfPresent(bucket, key));
  }

  private <T> T touch(String bucket, String key, String name, Supplier<T> work) {
    if (!watched.contains(bucket) || RESERVED.stream().anyMatch(key::startsWith)) {
      return work.get();
    }
    EventSpool.Debt debt = spool.owe(bucket, key);
    T result;
    try {
      result = work.get();
    } catch (RuntimeException e) {
      sendAsItIs(debt, e); // it may have happened all the same
      throw e;
    }
    HeadObjectResponse there = name.equals(S3Event.REMOVED) ? null : look(bucket, key);
    events.add(debt, event(debt, name, there));
    return result;
  }

  /** Sends what is so now; an event for which nothing happened does no harm. */
  private void sendAsItIs(EventSpool.Debt debt) {
    HeadObjectResponse there = look(debt.bucket(), debt.key());
    events.add(debt, event(debt, there == null ? S3Event.REMOVED : S3Event.PUT, there));
  }

  private void sendAsItIs(EventSpool.Debt debt, RuntimeException failure) {
    try {
      if (containerExists(debt.bucket())) {
        sendAsItIs(debt);
      } else {
        spool.settle(debt);
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e); // the debt stays, for the next start
    }
  }

  private static S3Event event(EventSpool.Debt debt, String name, HeadObjectResponse there) {
    return new S3Event(
        debt.sequencer(),
        there == null ? debt.time() : there.lastModified(),
        name,
        debt.bucket(),
        debt.key(),
        Optional.ofNullable(there)
            .map(object -> new S3Event.Content(object.contentLength(), bare(object.eTag()))));
  }

  private static Optional<String> etag(HeadObjectResponse there) {
    return Optional.ofNullable(there).map(object -> bare(object.eTag()));
  }

  private static String bare(String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }
}
