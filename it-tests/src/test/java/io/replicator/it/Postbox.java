package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A postbox empties a queue as a consumer would, and keeps book of the letters. A message that its
 * queue hands out again, since it was not deleted in time, is still the same one.
 */
final class Postbox implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final Queues queues;
  private final String queue;
  private final Map<String, Set<String>> messages = new ConcurrentHashMap<>();
  private final Map<String, List<Integer>> groups = new ConcurrentHashMap<>();
  private final Collection<String> faults = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Postbox(Queues queues, String queue, int consumers) {
    this.queues = queues;
    this.queue = queue;
    for (int i = 0; i < consumers; i++) {
      Thread thread = new Thread(this::consume, "postbox-" + queue + "-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** Returns how many different letters have come. */
  int distinct() {
    return messages.size();
  }

  /** Returns how many came more often than once, each time counted. */
  int repeated() {
    return messages.values().stream().mapToInt(ids -> ids.size() - 1).sum();
  }

  /** Returns the names of all that came. */
  Set<String> names() {
    return Set.copyOf(messages.keySet());
  }

  boolean has(String name) {
    return messages.containsKey(name);
  }

  /** Returns the letters of a list that did not come. */
  List<String> missing(Collection<Letter> letters) {
    return letters.stream().map(Letter::name).filter(name -> !messages.containsKey(name)).toList();
  }

  /** Waits until all letters of a list have come. */
  void awaitAll(Collection<Letter> letters) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertThat(missing(letters)).hasSize(0));
  }

  /** Returns what was wrong with what came: damaged letters, messages that are none. */
  Collection<String> faults() {
    return faults;
  }

  /** Returns the letters' numbers of each run and FIFO group in the order in which they came. */
  Map<String, List<Integer>> groups() {
    return groups;
  }

  private void consume() {
    while (!closed) {
      try {
        List<Message> received = queues.receive(queue, 1);
        if (!received.isEmpty()) {
          received.forEach(this::read);
          queues.delete(queue, received).join();
        }
      } catch (CompletionException | IllegalStateException e) {
        if (!closed) {
          faults.add("consumer: " + e);
        }
      }
    }
  }

  private void read(Message message) {
    try {
      Letter letter = Letter.read(message);
      Set<String> ids =
          messages.computeIfAbsent(letter.name(), name -> ConcurrentHashMap.newKeySet());
      boolean first = ids.isEmpty();
      ids.add(message.messageId());
      String group = message.attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID);
      if (group != null && first) {
        List<Integer> numbers =
            groups.computeIfAbsent(letter.run() + "/" + group, name -> new ArrayList<>());
        synchronized (numbers) {
          numbers.add(letter.number());
        }
      }
    } catch (AssertionError e) {
      faults.add(e.getMessage());
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
