package io.replicator.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An error server answers every request to S3 or SQS with an error that says nothing against the
 * request: one after the other 500, 503 and throttling.
 */
final class ErrorServer implements AutoCloseable {
  private record Refusal(int status, String s3, int sqsStatus, String sqs) {}

  private static final List<Refusal> REFUSALS =
      List.of(
          new Refusal(500, "InternalError", 500, "InternalFailure"),
          new Refusal(503, "ServiceUnavailable", 503, "ServiceUnavailable"),
          new Refusal(503, "SlowDown", 400, "ThrottlingException"));

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final AtomicInteger answered = new AtomicInteger();

  ErrorServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::refuse);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Returns how many requests it has refused. */
  int answered() {
    return answered.get();
  }

  private void refuse(HttpExchange exchange) throws IOException {
    Refusal refusal = REFUSALS.get(answered.getAndIncrement() % REFUSALS.size());
    exchange.getRequestBody().readAllBytes();
    boolean sqs = exchange.getRequestHeaders().containsKey("X-Amz-Target");
    byte[] body =
        (sqs
                ? "{\"__type\":\"com.amazonaws.sqs#" + refusal.sqs() + "\",\"message\":\"chaos\"}"
                : "<?xml version=\"1.0\"?><Error><Code>"
                    + refusal.s3()
                    + "</Code><Message>chaos</Message></Error>")
            .getBytes(UTF_8);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange
        .getResponseHeaders()
        .set("Content-Type", sqs ? "application/x-amz-json-1.0" : "application/xml");
    exchange.sendResponseHeaders(
        sqs ? refusal.sqsStatus() : refusal.status(), head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
