package io.replicator.s3;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeParams;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeProvider;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

/**
 * The clients of one store: one for each place that bodies are fetched from, the local one
 * included, and one for the queues of notifications; with the few threads that all share. Opened
 * when first used; safe for any thread.
 *
 * <p>Each target has clients {@link #apart}, for a bucket that hangs keeps its connections.
 *
 * <p>Bodies are sent unchunked and without the SDK's own checksums, because servers that refuse a
 * condition before they have read the body would else answer with a broken connection; MD5 sums
 * guard them instead.
 */
final class S3Clients implements AutoCloseable {
  /** For a part of a large body, which changes nothing that the store shows. */
  static final Duration PART_TIMEOUT = Duration.ofMinutes(5);

  /** For an empty long poll takes one second. */
  private static final Duration QUEUE_TIMEOUT = Duration.ofSeconds(15);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final int QUEUE_CONNECTIONS = 64;
  private static final int THREADS = 2;

  private final Place local;
  private final Optional<URI> queues;
  private final Duration requestTimeout;
  private final int connections;
  private final Optional<S3Clients> shared;
  private final Map<Place, S3AsyncClient> opened = new HashMap<>();
  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private SdkEventLoopGroup network;
  private Workers workers;
  private SqsAsyncClient queue;
  private boolean closed;

  /**
   * @param local where the store's own buckets are
   * @param queues where a compatible server's queues are; empty for AWS's own
   * @param requestTimeout of a request to S3, its second attempt included
   * @param connections to one place
   */
  S3Clients(Place local, Optional<URI> queues, Duration requestTimeout, int connections) {
    this(local, queues, requestTimeout, connections, Optional.empty());
  }

  private S3Clients(
      Place local,
      Optional<URI> queues,
      Duration requestTimeout,
      int connections,
      Optional<S3Clients> shared) {
    this.local = local;
    this.queues = queues;
    this.requestTimeout = requestTimeout;
    this.connections = connections;
    this.shared = shared;
  }

  /**
   * Returns clients for one bucket, which share nothing with those of others but the threads and
   * the queues of notifications. They are to be closed, and are with these at the latest.
   */
  synchronized S3Clients apart() {
    S3Clients apart = new S3Clients(local, queues, requestTimeout, connections, Optional.of(this));
    closing.push(apart);
    return apart;
  }

  Place local() {
    return local;
  }

  Duration requestTimeout() {
    return requestTimeout;
  }

  /** Tells whether queues are AWS's own. */
  boolean queuesAreAws() {
    return queues.isEmpty() && local.isAws();
  }

  /** Returns the client for the store's own buckets. */
  S3AsyncClient here() {
    return at(local);
  }

  /**
   * Returns the client for the buckets of a place.
   *
   * @throws ReplicationException if it would have to be opened after these were closed, for a
   *     request that straggles: nobody would close it
   */
  synchronized S3AsyncClient at(Place place) {
    if (closed && !opened.containsKey(place)) {
      throw new ReplicationException(
          Kind.TRANSIENT, "the connections of this bucket are closed", "", null);
    }
    return opened.computeIfAbsent(place, this::open);
  }

  /** Returns the client for queues of notifications. */
  SqsAsyncClient queue() {
    return shared.isPresent() ? shared.get().queue() : ownQueue();
  }

  private synchronized SqsAsyncClient ownQueue() {
    if (queue == null) {
      var builder =
          SqsAsyncClient.builder()
              .region(Region.of(local.awsRegion()))
              .credentialsProvider(credentials(local))
              .httpClient(http(QUEUE_CONNECTIONS, QUEUE_TIMEOUT))
              .overrideConfiguration(
                  override -> override.apiCallTimeout(QUEUE_TIMEOUT).retryStrategy(attempts(1)))
              .asyncConfiguration(
                  async ->
                      async.advancedOption(
                          SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, workers()));
      queues.ifPresent(builder::endpointOverride);
      queue = builder.build();
      closing.push(queue);
    }
    return queue;
  }

  /** Returns the threads on which requests are made and answers are handled. */
  Workers workers() {
    return shared.isPresent() ? shared.get().workers() : ownWorkers();
  }

  private synchronized Workers ownWorkers() {
    if (workers == null) {
      workers = new Workers();
      network = SdkEventLoopGroup.builder().numberOfThreads(THREADS).build();
    }
    return workers;
  }

  private SdkEventLoopGroup network() {
    return shared.isPresent() ? shared.get().network() : ownNetwork();
  }

  private synchronized SdkEventLoopGroup ownNetwork() {
    Workers unused = ownWorkers();
    return network;
  }

  private S3AsyncClient open(Place place) {
    Workers threads = workers();
    var builder =
        S3AsyncClient.builder()
            .region(Region.of(place.awsRegion()))
            .credentialsProvider(credentials(place))
            .httpClient(http(connections, PART_TIMEOUT))
            .forcePathStyle(!place.isAws())
            .authSchemeProvider(request -> unchunked(request, place))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(
                override -> override.apiCallTimeout(requestTimeout).retryStrategy(attempts(2)))
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, threads));
    place.endpoint().ifPresent(builder::endpointOverride);
    S3AsyncClient client = builder.build();
    closing.push(client);
    return client;
  }

  /**
   * Has bodies sent as they are. Without TLS the SDK gathers in memory whatever it signs, and a
   * part may be larger than that; asked to send it in chunks, it neither signs it nor does so.
   */
  private static List<AuthSchemeOption> unchunked(S3AuthSchemeParams request, Place place) {
    boolean isBare =
        request.operation().equals("UploadPart")
            && place.endpoint().filter(it -> "http".equals(it.getScheme())).isPresent();
    return S3AuthSchemeProvider.defaultProvider().resolveAuthScheme(request).stream()
        .map(
            option ->
                option.toBuilder()
                    .putSignerProperty(AwsV4FamilyHttpSigner.CHUNK_ENCODING_ENABLED, isBare)
                    .build())
        .toList();
  }

  private SdkAsyncHttpClient http(int most, Duration silence) {
    SdkAsyncHttpClient http =
        NettyNioAsyncHttpClient.builder()
            .eventLoopGroup(network())
            .maxConcurrency(most)
            .maxPendingConnectionAcquires(100 * most)
            .connectionTimeout(CONNECT_TIMEOUT)
            .connectionAcquisitionTimeout(requestTimeout)
            .readTimeout(silence)
            .writeTimeout(silence)
            .build();
    closing.push(http);
    return http;
  }

  private AwsCredentialsProvider credentials(Place place) {
    if (place.profile().isPresent()) {
      ProfileCredentialsProvider profile = ProfileCredentialsProvider.create(place.profile().get());
      closing.push(profile);
      return profile;
    }
    DefaultCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
    closing.push(chain);
    return chain;
  }

  private static software.amazon.awssdk.retries.api.RetryStrategy attempts(int most) {
    return DefaultRetryStrategy.standardStrategyBuilder().maxAttempts(most).build();
  }

  @Override
  public void close() {
    shared.ifPresent(whole -> whole.forget(this));
    List<AutoCloseable> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(closing);
      closing.clear();
    }
    // Not under the lock: what is under way in one of them may ask for these threads.
    all.forEach(S3Clients::closeOne);
    endThreads();
  }

  private synchronized void endThreads() {
    if (workers != null) {
      workers.close();
      var unused = network.eventLoopGroup().shutdownGracefully();
    }
  }

  private synchronized void forget(S3Clients apart) {
    closing.remove(apart);
  }

  private static void closeOne(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new IllegalStateException("S3 client cannot be closed", e);
    }
  }
}
