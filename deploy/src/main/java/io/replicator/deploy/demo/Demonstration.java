package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.QueueClient;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The demonstration runs a writer and a reader in each region and keeps a tally of each direction.
 * Without SQS in the sandbox it does nothing.
 */
public final class Demonstration implements AutoCloseable {
  /** A direction is the way from one region to another. */
  public record Direction(String from, String to) implements Comparable<Direction> {
    @Override
    public int compareTo(Direction other) {
      return Comparator.comparing(Direction::from)
          .thenComparing(Direction::to)
          .compare(this, other);
    }

    @Override
    public String toString() {
      return from + " -> " + to;
    }
  }

  /** How far the writers had come at a moment: their next numbers by region. */
  public record Mark(Map<String, Integer> next) {}

  private final TreeMap<Direction, Tally> tallies = new TreeMap<>();
  private final Map<String, Writer> writers = new LinkedHashMap<>();
  private final List<QueueClient> clients = new ArrayList<>();
  private final List<Thread> writing = new ArrayList<>();
  private final List<Thread> reading = new ArrayList<>();

  /** Lays the demonstration out for a sandbox that runs; nothing is sent yet. */
  public Demonstration(Sandbox sandbox, DemoEvents events) {
    String run = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    List<SandboxRegion> regions =
        sandbox.layout().has(SandboxStore.SQS) ? sandbox.regions() : List.of();
    List<String> names = regions.stream().map(SandboxRegion::name).toList();
    for (String from : names) {
      for (String to : names) {
        if (!from.equals(to)) {
          tallies.put(new Direction(from, to), new Tally());
        }
      }
    }
    for (SandboxRegion region : regions) {
      String name = region.name();
      QueueClient client = new QueueClient(name, region.queues().orElseThrow().endpoint());
      clients.add(client);
      List<Tally> outward = new ArrayList<>();
      Map<String, Tally> inward = new TreeMap<>();
      tallies.forEach(
          (direction, tally) -> {
            if (direction.from().equals(name)) {
              outward.add(tally);
            } else if (direction.to().equals(name)) {
              inward.put(direction.from(), tally);
            }
          });
      Writer writer = new Writer(run, name, client, outward, events);
      writers.put(name, writer);
      writing.add(thread("writer-" + name, writer));
      reading.add(thread("reader-" + name, new Reader(run, name, client, inward, events)));
    }
  }

  /** Begins to send and receive. */
  public void start() {
    reading.forEach(Thread::start);
    writing.forEach(Thread::start);
  }

  /** Ends the writers; what they have sent goes on arriving. */
  public void stopWriting() {
    writing.forEach(Thread::interrupt);
  }

  /** Returns the directions with their counts at this moment. */
  public Map<Direction, Tally.Count> counts() {
    Map<Direction, Tally.Count> counts = new TreeMap<>();
    tallies.forEach((direction, tally) -> counts.put(direction, tally.count()));
    return counts;
  }

  /** Returns the median time that sends take in a region, in milliseconds; -1 before the first. */
  public long latencyMillis(String region) {
    return writers.get(region).latencyMillis();
  }

  /** Returns how far the writers have come. */
  public Mark mark() {
    Map<String, Integer> next = new TreeMap<>();
    writers.forEach((region, writer) -> next.put(region, writer.next()));
    return new Mark(next);
  }

  /** Returns how many of the messages sent in some directions before a mark have not arrived. */
  public long missingBefore(Mark mark, Set<Direction> directions) {
    return directions.stream()
        .mapToLong(one -> tallies.get(one).missingBelow(mark.next().get(one.from())))
        .sum();
  }

  @Override
  public void close() {
    writing.forEach(Thread::interrupt);
    reading.forEach(Thread::interrupt);
    clients.forEach(QueueClient::close);
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
