package io.replicator.s3;

import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * An object writer makes the requests that change what a bucket shows: each on the condition that
 * it shows what is expected, where the store carries out conditions. Safe for any thread.
 */
final class ObjectWriter {
  private static final String ANY = "*";

  private final BucketPlan plan;
  private final S3AsyncClient client;

  /**
   * What is written of an object besides its bytes.
   *
   * @param metadata tags are written if they are there
   * @param marker left out where there is no room for it
   */
  record Outfit(ObjectMetadata metadata, Optional<Marker> marker) {
    Map<String, String> user() {
      Map<String, String> user = new HashMap<>(metadata.user());
      marker.ifPresent(some -> user.put(Marker.NAME, some.toString()));
      return user;
    }
  }

  ObjectWriter(BucketPlan plan, S3AsyncClient client) {
    this.plan = plan;
    this.client = client;
  }

  /**
   * Writes an object with one request.
   *
   * @param expected the ETag that the store must show; empty if it must show nothing
   * @return the ETag that it shows from now on
   */
  CompletableFuture<WrittenObject> put(
      String key, byte[] bytes, Outfit outfit, Optional<String> expected) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(plan.bucket())
            .key(key)
            .contentLength((long) bytes.length)
            .contentMD5(Base64.getEncoder().encodeToString(Digests.md5().digest(bytes)));
    wear(request, outfit);
    if (plan.conditional()) {
      expected.ifPresentOrElse(
          etag -> request.ifMatch(Fingerprint.quoted(etag)), () -> request.ifNoneMatch(ANY));
    }
    return client
        .putObject(request.build(), AsyncRequestBody.fromBytesUnsafe(bytes))
        .thenApply(
            answer ->
                new WrittenObject(
                    Fingerprint.bare(answer.eTag()),
                    Shown.isMd5(
                        Fingerprint.bare(answer.eTag()),
                        answer.serverSideEncryption(),
                        answer.sseCustomerAlgorithm())));
  }

  /** What a store said of an object that it took. */
  record WrittenObject(String etag, boolean md5) {}

  /** Begins to write an object in parts; nothing shows before {@link #complete}. */
  CompletableFuture<String> create(String key, Outfit outfit) {
    CreateMultipartUploadRequest.Builder request =
        CreateMultipartUploadRequest.builder().bucket(plan.bucket()).key(key);
    ObjectMetadata metadata = outfit.metadata();
    request
        .contentType(metadata.headers().get(ObjectMetadata.CONTENT_TYPE))
        .contentEncoding(metadata.headers().get(ObjectMetadata.CONTENT_ENCODING))
        .contentLanguage(metadata.headers().get(ObjectMetadata.CONTENT_LANGUAGE))
        .contentDisposition(metadata.headers().get(ObjectMetadata.CONTENT_DISPOSITION))
        .cacheControl(metadata.headers().get(ObjectMetadata.CACHE_CONTROL))
        .metadata(outfit.user());
    String expires = metadata.headers().get(ObjectMetadata.EXPIRES);
    if (expires != null) {
      request.overrideConfiguration(override -> override.putHeader("Expires", expires));
    }
    if (!metadata.encodedTags().isEmpty()) {
      request.tagging(metadata.encodedTags());
    }
    return client
        .createMultipartUpload(request.build())
        .thenApply(CreateMultipartUploadResponse::uploadId);
  }

  /** Makes the parts an object, on the same condition as {@link #put}. */
  CompletableFuture<WrittenObject> complete(
      String key, String upload, List<CompletedPart> parts, Optional<String> expected) {
    CompleteMultipartUploadRequest.Builder request =
        CompleteMultipartUploadRequest.builder()
            .bucket(plan.bucket())
            .key(key)
            .uploadId(upload)
            .multipartUpload(all -> all.parts(parts));
    if (plan.conditional()) {
      expected.ifPresentOrElse(
          etag -> request.ifMatch(Fingerprint.quoted(etag)), () -> request.ifNoneMatch(ANY));
    }
    return client
        .completeMultipartUpload(request.build())
        .thenApply(
            answer ->
                new WrittenObject(
                    Fingerprint.bare(answer.eTag()),
                    Shown.isMd5(
                        Fingerprint.bare(answer.eTag()), answer.serverSideEncryption(), null)));
  }

  /** Deletes what has the expected ETag. */
  CompletableFuture<DeleteObjectResponse> delete(String key, String etag) {
    return client.deleteObject(
        request -> {
          request.bucket(plan.bucket()).key(key);
          if (plan.conditional()) {
            request.ifMatch(Fingerprint.quoted(etag));
          }
        });
  }

  private static void wear(PutObjectRequest.Builder request, Outfit outfit) {
    ObjectMetadata metadata = outfit.metadata();
    request
        .contentType(metadata.headers().get(ObjectMetadata.CONTENT_TYPE))
        .contentEncoding(metadata.headers().get(ObjectMetadata.CONTENT_ENCODING))
        .contentLanguage(metadata.headers().get(ObjectMetadata.CONTENT_LANGUAGE))
        .contentDisposition(metadata.headers().get(ObjectMetadata.CONTENT_DISPOSITION))
        .cacheControl(metadata.headers().get(ObjectMetadata.CACHE_CONTROL))
        .metadata(outfit.user());
    String expires = metadata.headers().get(ObjectMetadata.EXPIRES);
    if (expires != null) {
      // As it stands there, also where it is no date.
      request.overrideConfiguration(override -> override.putHeader("Expires", expires));
    }
    if (!metadata.encodedTags().isEmpty()) {
      request.tagging(metadata.encodedTags());
    }
  }
}
