package io.replicator.sqs;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

/**
 * The clients of one store: one for capture and one for apply, so that long polls can never starve
 * sends, with the few threads that both share. Opened when first used; safe for any thread.
 *
 * <p>Besides the {@link Workers}, two threads do the network, however many queues there are.
 */
final class SqsClients implements AutoCloseable {
  /**
   * A call that takes longer is given up, its wait for a connection and its second attempt
   * included: an empty long poll takes one second. A request to a queue may be two calls, for the
   * first looks up its URL.
   */
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(15);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final int THREADS = 2;

  private final Optional<URI> endpoint;
  private final String awsRegion;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private int capturing;
  private int applying;
  private SdkEventLoopGroup network;
  private Workers workers;
  private SqsAsyncClient capture;
  private SqsAsyncClient apply;

  SqsClients(Optional<URI> endpoint, String awsRegion) {
    this.endpoint = endpoint;
    this.awsRegion = awsRegion;
  }

  /** Tells whether the server is AWS's own, and not one that only speaks its protocol. */
  boolean aws() {
    return endpoint.isEmpty();
  }

  /** Makes room in the pools for one more queue; to be called before the clients are opened. */
  synchronized void expect(boolean captures, boolean applies) {
    capturing += captures ? 1 : 0;
    applying += applies ? 1 : 0;
  }

  /** Returns the client for receiving; what fails is tried again by its callers alone. */
  synchronized SqsAsyncClient capture() {
    if (capture == null) {
      int perQueue = Pollers.MOST + Acknowledger.MOST_REQUESTS + VisibilityKeeper.LANES + 2;
      capture = open(perQueue * Math.max(1, capturing), 1);
    }
    return capture;
  }

  /** Returns the client for sending. One more attempt passes over a connection that went stale. */
  synchronized SqsAsyncClient apply() {
    if (apply == null) {
      apply = open(Math.max(64, 2 * SqsApplier.MOST_REQUESTS * applying), 2);
    }
    return apply;
  }

  /** Returns the threads that both clients share. */
  synchronized Workers workers() {
    if (workers == null) {
      workers = new Workers();
      network = SdkEventLoopGroup.builder().numberOfThreads(THREADS).build();
    }
    return workers;
  }

  private SqsAsyncClient open(int connections, int attempts) {
    Workers threads = workers();
    var http =
        NettyNioAsyncHttpClient.builder()
            .eventLoopGroup(network)
            .maxConcurrency(connections)
            .maxPendingConnectionAcquires(10 * connections)
            .connectionTimeout(CONNECT_TIMEOUT)
            .connectionAcquisitionTimeout(CALL_TIMEOUT)
            .readTimeout(CALL_TIMEOUT)
            .writeTimeout(CALL_TIMEOUT)
            .build();
    var builder =
        SqsAsyncClient.builder()
            .region(Region.of(awsRegion))
            .httpClient(http)
            .overrideConfiguration(
                override ->
                    override
                        .apiCallTimeout(CALL_TIMEOUT)
                        .retryStrategy(
                            DefaultRetryStrategy.standardStrategyBuilder()
                                .maxAttempts(attempts)
                                .build()))
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, threads));
    endpoint.ifPresent(builder::endpointOverride);
    SqsAsyncClient client = builder.build();
    opened.push(http);
    opened.push(client);
    return client;
  }

  @Override
  public synchronized void close() {
    while (!opened.isEmpty()) {
      closeOne(opened.pop());
    }
    if (workers != null) {
      workers.close();
      var unused = network.eventLoopGroup().shutdownGracefully();
    }
  }

  private static void closeOne(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new IllegalStateException("SQS client cannot be closed", e);
    }
  }
}
