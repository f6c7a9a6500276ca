package io.replicator.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * A turnstile stands before an SQS server: it counts the messages that go in, each by the run and
 * the number with which its body begins ({@code run/number/}), and turns some away, as a server
 * would that has trouble with just these. What it lets through is sent to a real server.
 */
final class Turnstile implements AutoCloseable {
  static {
    // Else every answer waits for an acknowledgement of its headers, which takes 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SEND = "AmazonSQS.SendMessageBatch";
  private static final String TARGET = "X-Amz-Target";

  private final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final URI behind;
  private final Map<String, BitSet> passed = new HashMap<>();
  private final Map<String, List<Integer>> order = new HashMap<>();
  private final AtomicLong turnedAway = new AtomicLong();
  private long repeated;
  private volatile Predicate<String> unwanted = body -> false;

  /**
   * @param behind the server that it stands before
   */
  Turnstile(URI behind) {
    this.behind = behind;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Turns away, from now on, the messages whose bodies are such. */
  void turnAway(Predicate<String> bodies) {
    unwanted = bodies;
  }

  /** Returns how often a message was turned away. */
  long turnedAway() {
    return turnedAway.get();
  }

  /** Returns how many different messages of a run have passed. */
  synchronized int passed(String run) {
    return passed.getOrDefault(run, new BitSet()).cardinality();
  }

  /** Returns which messages of a run have passed. */
  synchronized BitSet numbers(String run) {
    return (BitSet) passed.getOrDefault(run, new BitSet()).clone();
  }

  /** Returns the numbers of a run's messages in the order in which each passed first. */
  synchronized List<Integer> order(String run) {
    return List.copyOf(order.getOrDefault(run, List.of()));
  }

  /** Returns how many messages passed that had passed before. */
  synchronized long repeated() {
    return repeated;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] request = exchange.getRequestBody().readAllBytes();
      if (SEND.equals(exchange.getRequestHeaders().getFirst(TARGET))) {
        send(exchange, (ObjectNode) JSON.readTree(request));
      } else {
        HttpResponse<byte[]> response = forward(exchange, request);
        answer(exchange, response.statusCode(), response.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(HttpExchange exchange, ObjectNode request)
      throws IOException, InterruptedException {
    ArrayNode wanted = JSON.createArrayNode();
    ArrayNode failed = JSON.createArrayNode();
    Map<String, String> bodies = new HashMap<>();
    for (JsonNode entry : request.withArrayProperty("Entries")) {
      String body = entry.get("MessageBody").textValue();
      bodies.put(entry.get("Id").textValue(), body);
      if (unwanted.test(body)) {
        turnedAway.incrementAndGet();
        failed
            .addObject()
            .put("Id", entry.get("Id").textValue())
            .put("Code", "InternalError")
            .put("Message", "the server has trouble with this one")
            .put("SenderFault", false);
      } else {
        wanted.add(entry);
      }
    }
    ObjectNode answer = JSON.createObjectNode();
    if (!wanted.isEmpty()) {
      request.set("Entries", wanted);
      HttpResponse<byte[]> response = forward(exchange, JSON.writeValueAsBytes(request));
      if (response.statusCode() != 200) {
        answer(exchange, response.statusCode(), response.body());
        return;
      }
      answer = (ObjectNode) JSON.readTree(response.body());
      for (JsonNode sent : answer.withArrayProperty("Successful")) {
        note(bodies.get(sent.get("Id").textValue()));
      }
    }
    answer.withArrayProperty("Successful");
    answer.withArrayProperty("Failed").addAll(failed);
    answer(exchange, 200, JSON.writeValueAsBytes(answer));
  }

  private synchronized void note(String body) {
    String[] head = body.split("/", 3);
    int number = Integer.parseInt(head[1]);
    BitSet numbers = passed.computeIfAbsent(head[0], run -> new BitSet());
    if (numbers.get(number)) {
      repeated++;
      return;
    }
    numbers.set(number);
    order.computeIfAbsent(head[0], run -> new ArrayList<>()).add(number);
  }

  private HttpResponse<byte[]> forward(HttpExchange exchange, byte[] request)
      throws IOException, InterruptedException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(behind.resolve(exchange.getRequestURI().getPath()))
            .POST(HttpRequest.BodyPublishers.ofByteArray(request));
    for (String name : List.of(TARGET, "Content-Type", "Authorization")) {
      String value = exchange.getRequestHeaders().getFirst(name);
      if (value != null) {
        builder.header(name, value);
      }
    }
    return client.send(builder.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
