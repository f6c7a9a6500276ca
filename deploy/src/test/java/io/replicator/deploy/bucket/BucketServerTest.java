package io.replicator.deploy.bucket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.deploy.sandbox.BucketServer;
import io.replicator.deploy.sandbox.QueueClient;
import io.replicator.deploy.sandbox.QueueServer;
import io.replicator.deploy.sandbox.SandboxFile;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.sqs.model.Message;

/** The sandbox's S3: conditions, events and crashes, on the real processes. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class BucketServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BUCKET = "photos";
  private static final int RACERS = 4;
  private static final int RACES = 50;

  @TempDir private static Path folder;
  private static QueueServer queues;
  private static BucketServer server;
  private static QueueClient events;
  private static S3Client client;

  /** An event as the queue has it. */
  private record Event(String name, String key, long size, String sequencer) {}

  @BeforeAll
  static void start() throws Exception {
    queues =
        new QueueServer(folder, "us-east-1", List.of("photos-events"), QueueServer.Storage.DISK);
    server = new BucketServer(folder, "us-east-1", queues, List.of(BUCKET));
    queues.process().start();
    server.process().start();
    queues.process().awaitReady(PATIENCE);
    server.process().awaitReady(PATIENCE);
    events = new QueueClient("us-east-1", queues.endpoint());
    client = client(SandboxFile.SECRET_KEY);
  }

  @AfterAll
  static void stop() {
    client.close();
    events.close();
    server.process().stop();
    queues.process().stop();
  }

  @Test
  void everyKindOfWriteSendsOneEventInOrder() {
    put("ä/ 雪+%", "one");
    client.copyObject(
        copy ->
            copy.sourceBucket(BUCKET)
                .sourceKey("ä/ 雪+%")
                .destinationBucket(BUCKET)
                .destinationKey("copy"));
    String upload = client.createMultipartUpload(u -> u.bucket(BUCKET).key("parts")).uploadId();
    String etag =
        client
            .uploadPart(
                part -> part.bucket(BUCKET).key("parts").uploadId(upload).partNumber(1),
                RequestBody.fromString("a part"))
            .eTag();
    complete("parts", upload, etag, null);
    client.deleteObject(delete -> delete.bucket(BUCKET).key("parts"));
    client.deleteObject(delete -> delete.bucket(BUCKET).key("never there"));
    client.deleteObjects(
        delete ->
            delete
                .bucket(BUCKET)
                .delete(
                    d ->
                        d.objects(
                            ObjectIdentifier.builder().key("copy").build(),
                            ObjectIdentifier.builder().key("ä/ 雪+%").build())));

    List<Event> received = receive(6);
    assertThat(received)
        .extracting(event -> event.name() + " " + event.key() + " " + event.size())
        .containsExactlyInAnyOrder(
            "ObjectCreated:Put ä/ 雪+% 3",
            "ObjectCreated:Copy copy 3",
            "ObjectCreated:CompleteMultipartUpload parts 6",
            "ObjectRemoved:Delete parts 0",
            "ObjectRemoved:Delete copy 0",
            "ObjectRemoved:Delete ä/ 雪+% 0");
    assertThat(received.stream().map(Event::sequencer).distinct()).hasSize(6);
  }

  @Test
  void aFolderIsAnObjectOnWhichConditionsHold() {
    String etag = put("folder/", "");
    assertThat(client.headObject(head -> head.bucket(BUCKET).key("folder/")).eTag())
        .isEqualTo(etag);
    assertThat(client.getObject(get -> get.bucket(BUCKET).key("folder/")).response().eTag())
        .isEqualTo(etag);
    refused(412, () -> put("folder/", "", request -> request.ifNoneMatch("*")));
    put("folder/", "", request -> request.ifMatch(etag));
    client.deleteObject(delete -> delete.bucket(BUCKET).key("folder/").ifMatch(etag));
    refused(404, () -> client.headObject(head -> head.bucket(BUCKET).key("folder/")));
    receive(3);
  }

  @Test
  void aKeyThatNoFileCanHaveIsRefusedAndChangesNoOtherKey() {
    put("dot/y", "y");
    for (String key : List.of("dot/../x", "./x", "..", "folder/.", "n".repeat(219))) {
      refused(400, () -> put(key, "x"));
      refused(400, () -> client.createMultipartUpload(u -> u.bucket(BUCKET).key(key)));
    }
    refused(400, () -> put("full/", "x"));
    assertThat(client.listObjectsV2(list -> list.bucket(BUCKET)).contents())
        .extracting(S3Object::key)
        .doesNotContain("x", "full/");
    receive(1);
  }

  private static void refused(int status, Executable request) {
    assertThat(assertThrows(S3Exception.class, request).statusCode()).isEqualTo(status);
  }

  @Test
  void oneOfManyConditionalWritesWins() {
    AtomicInteger winners = new AtomicInteger();
    for (int race = 0; race < RACES; race++) {
      String etag = put("put", "race " + race);
      race(
          RACERS,
          racer -> {
            put("put", "racer " + racer, request -> request.ifMatch(etag));
            winners.incrementAndGet();
          });
    }
    assertThat(winners).hasValue(RACES);
    receiveAll();
  }

  @Test
  void aConditionalDeleteOrCompletionNeverTakesAwayWhatCameMeanwhile() {
    for (int race = 0; race < RACES; race++) {
      String before = put("raced", "before");
      String upload = client.createMultipartUpload(u -> u.bucket(BUCKET).key("raced")).uploadId();
      String part =
          client
              .uploadPart(
                  u -> u.bucket(BUCKET).key("raced").uploadId(upload).partNumber(1),
                  RequestBody.fromString("completed"))
              .eTag();
      race(
          3,
          racer -> {
            switch (racer) {
              case 0 -> put("raced", "meanwhile");
              case 1 ->
                  client.deleteObject(delete -> delete.bucket(BUCKET).key("raced").ifMatch(before));
              default -> complete("raced", upload, part, before);
            }
          });
      assertThat(client.getObjectAsBytes(get -> get.bucket(BUCKET).key("raced")).asUtf8String())
          .isEqualTo("meanwhile");
    }
    receiveAll();
  }

  @Test
  void aWrongSignatureIsRefused() {
    try (S3Client stranger = client("another secret")) {
      assertThatThrownBy(() -> stranger.headBucket(head -> head.bucket(BUCKET)))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
    }
  }

  @Test
  void withoutItsQueueServerItServesAndAKilledServerStillOwesItsEvents() throws Exception {
    queues.process().kill();
    put("owed", "1");
    put("gone", "1");
    client.deleteObject(delete -> delete.bucket(BUCKET).key("gone"));
    server.process().kill();
    server.process().start();
    server.process().awaitReady(PATIENCE);
    queues.process().start();
    queues.process().awaitReady(PATIENCE);
    assertThat(receive(3))
        .extracting(event -> event.name() + " " + event.key())
        .contains("ObjectCreated:Put owed", "ObjectRemoved:Delete gone");
    assertThat(client.getObjectAsBytes(get -> get.bucket(BUCKET).key("owed")).asUtf8String())
        .isEqualTo("1");
  }

  @Test
  void zDisturbedEventsComeLateTwiceAndInAnotherOrderButAllOfThem() throws Exception {
    server.process().stop();
    server.configure(config -> config.withDisturbance(new Disturbance(7, 2_000, 0.5, true)));
    server.process().start();
    server.process().awaitReady(PATIENCE);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      keys.add("late-" + i);
      put("late-" + i, "x");
    }
    List<Event> received = receiveAll();
    assertThat(received.stream().map(Event::key).distinct())
        .containsExactlyInAnyOrderElementsOf(keys);
    assertThat(received).hasSizeGreaterThan(keys.size());
    assertThat(received.stream().map(Event::sequencer).distinct().toList())
        .isNotEqualTo(received.stream().map(Event::sequencer).distinct().sorted().toList());
  }

  /** Lets several clients act at once; a condition that failed is no failure. */
  private static void race(int racers, IntConsumer act) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < racers; i++) {
      int racer = i;
      all.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  act.accept(racer);
                } catch (S3Exception e) {
                  assertThat(e.statusCode()).isIn(412, 404);
                }
              }));
    }
    all.forEach(CompletableFuture::join);
  }

  private static void complete(String key, String upload, String part, String ifMatch) {
    client.completeMultipartUpload(
        complete ->
            complete
                .bucket(BUCKET)
                .key(key)
                .uploadId(upload)
                .ifMatch(ifMatch)
                .multipartUpload(
                    m -> m.parts(CompletedPart.builder().partNumber(1).eTag(part).build())));
  }

  private static String put(String key, String content) {
    return put(key, content, request -> {});
  }

  private static String put(String key, String content, Consumer<PutObjectRequest.Builder> with) {
    return client
        .putObject(
            request -> with.accept(request.bucket(BUCKET).key(key)),
            RequestBody.fromString(content))
        .eTag();
  }

  private static List<Event> receive(int number) {
    List<Event> received = Collections.synchronizedList(new ArrayList<>());
    await().atMost(PATIENCE).until(() -> received.addAll(poll(1)) && received.size() >= number);
    return received;
  }

  /** Receives until nothing has come for as long as the longest delay. */
  private static List<Event> receiveAll() {
    List<Event> received = new ArrayList<>();
    List<Event> more = poll(3);
    while (!more.isEmpty()) {
      received.addAll(more);
      more = poll(5);
    }
    return received;
  }

  private static List<Event> poll(int seconds) {
    List<Message> messages = events.receive("photos-events", 10, Duration.ofSeconds(seconds));
    events.delete("photos-events", messages);
    return messages.stream().map(BucketServerTest::event).toList();
  }

  private static Event event(Message message) {
    try {
      JsonNode record = new ObjectMapper().readTree(message.body()).at("/Records/0");
      JsonNode object = record.at("/s3/object");
      assertThat(record.path("eventSource").asText()).isEqualTo("aws:s3");
      assertThat(record.at("/s3/bucket/name").asText()).isEqualTo(BUCKET);
      return new Event(
          record.path("eventName").asText(),
          URLDecoder.decode(object.path("key").asText(), UTF_8),
          object.path("size").asLong(),
          object.path("sequencer").asText());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static S3Client client(String secret) {
    return S3Client.builder()
        .region(Region.US_EAST_1)
        .endpointOverride(server.endpoint())
        .serviceConfiguration(s3 -> s3.pathStyleAccessEnabled(true).chunkedEncodingEnabled(false))
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(SandboxFile.ACCESS_KEY, secret)))
        .httpClient(UrlConnectionHttpClient.create())
        .build();
  }
}
