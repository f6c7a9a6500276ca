package io.replicator.s3;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Content;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** A bucket at an origin and one here, each on a server of its own or both on one. */
final class BucketPair implements AutoCloseable {
  static final String HERE = "here";
  static final String ORIGIN = "origin";
  static final Version VERSION = new Version(1_700_000_000, 0, new Region("us-east-1"));

  final BucketServer server = BucketServer.start();
  final BucketServer originServer;
  final BucketTarget target;
  final BucketTarget origin;
  final BucketPlan plan;
  final S3Clients clients;
  private final S3Clients originClients;

  private BucketPair(boolean oneServer, Duration timeout) {
    originServer = oneServer ? server : BucketServer.start();
    server.create(HERE);
    originServer.create(ORIGIN);
    clients = new S3Clients(server.place(), Optional.empty(), timeout, 64);
    originClients = new S3Clients(originServer.place(), Optional.empty(), timeout, 64);
    plan = Plans.of("us-west-2", HERE, server, Map.of(new Region("us-east-1"), originServer));
    target = new BucketTarget(plan, clients, BodyGate.WIDE);
    origin =
        new BucketTarget(
            Plans.of("us-east-1", ORIGIN, originServer, Map.of()), originClients, BodyGate.WIDE);
  }

  static BucketPair onTwoServers() {
    return new BucketPair(false, Duration.ofSeconds(60));
  }

  static BucketPair onOneServer() {
    return new BucketPair(true, Duration.ofSeconds(60));
  }

  static BucketPair withTimeout(Duration timeout) {
    return new BucketPair(false, timeout);
  }

  /** A user writes an object in parts at the origin. */
  void putInParts(String key, List<byte[]> parts, Map<String, String> metadata) {
    String upload =
        originServer
            .user()
            .createMultipartUpload(request -> request.bucket(ORIGIN).key(key).metadata(metadata))
            .join()
            .uploadId();
    List<CompletedPart> etags =
        IntStream.rangeClosed(1, parts.size())
            .mapToObj(
                number ->
                    CompletedPart.builder()
                        .partNumber(number)
                        .eTag(
                            originServer
                                .user()
                                .uploadPart(
                                    request ->
                                        request
                                            .bucket(ORIGIN)
                                            .key(key)
                                            .uploadId(upload)
                                            .partNumber(number),
                                    AsyncRequestBody.fromBytes(parts.get(number - 1)))
                                .join()
                                .eTag())
                        .build())
            .toList();
    originServer
        .user()
        .completeMultipartUpload(
            request ->
                request
                    .bucket(ORIGIN)
                    .key(key)
                    .uploadId(upload)
                    .multipartUpload(all -> all.parts(etags)))
        .join();
  }

  /** Returns the change that the origin would publish of what it shows. */
  Change change(String key) {
    return change(origin, key);
  }

  /** Returns the change that a bucket's region would publish of what it shows. */
  static Change change(BucketTarget origin, String key) {
    Seen seen = await(origin.look(key, true)).orElseThrow();
    Content content = seen.content().orElseThrow();
    return new Change(
        key,
        key,
        Change.Kind.UPSERT,
        Instant.ofEpochSecond(seen.modifiedSeconds()),
        Optional.of(VERSION),
        Optional.empty(),
        content.attributes(),
        content.payload());
  }

  Put put(Change change) {
    return await(target.put(change, Optional.empty(), () -> true));
  }

  Seen seen(String key) {
    return await(target.look(key, false)).orElseThrow();
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(120, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    target.close();
    origin.close();
    clients.close();
    originClients.close();
    server.close();
    if (originServer != server) {
      originServer.close();
    }
  }
}
