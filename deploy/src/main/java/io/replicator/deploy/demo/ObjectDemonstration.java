package io.replicator.deploy.demo;

import io.replicator.deploy.demo.Demonstration.Direction;
import io.replicator.deploy.sandbox.BucketClient;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxBucket;
import io.replicator.deploy.sandbox.SandboxRegion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The demonstration of objects: in each region a service writes, overwrites and deletes a few keys
 * of its own, and another looks whether the other regions' keys show the same. Without S3 in the
 * sandbox it does nothing.
 */
public final class ObjectDemonstration implements AutoCloseable {
  private final Map<Direction, ObjectTally> tallies = new TreeMap<>();
  private final List<BucketClient> clients = new ArrayList<>();
  private final List<Thread> writing = new ArrayList<>();
  private final List<Thread> reading = new ArrayList<>();

  /** Lays it out for a sandbox that runs; nothing is written yet. */
  public ObjectDemonstration(Sandbox sandbox) {
    List<SandboxRegion> regions =
        sandbox.regions().stream().filter(region -> region.buckets().isPresent()).toList();
    for (SandboxRegion from : regions) {
      for (SandboxRegion to : regions) {
        if (from != to) {
          tallies.put(new Direction(from.name(), to.name()), new ObjectTally());
        }
      }
    }
    for (SandboxRegion region : regions) {
      BucketClient client =
          new BucketClient(
              region.name(),
              region.buckets().orElseThrow().endpoint(),
              SandboxBucket.PHOTOS.name());
      clients.add(client);
      List<ObjectTally> outward = new ArrayList<>();
      List<ObjectTally> inward = new ArrayList<>();
      tallies.forEach(
          (direction, tally) -> {
            if (direction.from().equals(region.name())) {
              outward.add(tally);
            } else if (direction.to().equals(region.name())) {
              inward.add(tally);
            }
          });
      writing.add(
          thread(
              "object-writer-" + region.name(),
              new ObjectWriter("demo/" + region.name() + "/", client, outward)));
      reading.add(thread("object-reader-" + region.name(), new ObjectReader(client, inward)));
    }
  }

  /** Begins to write and to look. */
  public void start() {
    reading.forEach(Thread::start);
    writing.forEach(Thread::start);
  }

  /** Ends the writers; what they have written goes on arriving. */
  public void stopWriting() {
    writing.forEach(Thread::interrupt);
  }

  /** Tells, a line per direction, how far the other regions are. */
  public List<String> lines() {
    return tallies.entrySet().stream()
        .map(
            entry -> {
              ObjectTally.Count count = entry.getValue().count();
              return "%s  objects: %d written or deleted, %d keys behind, %d different"
                  .formatted(entry.getKey(), count.writes(), count.behind(), count.different());
            })
        .toList();
  }

  /** Returns how many keys do not show yet what was written last, in some direction. */
  public long behind(Direction direction) {
    return tallies.get(direction).count().behind();
  }

  /** Returns the directions; none without S3. */
  public Iterable<Direction> directions() {
    return tallies.keySet();
  }

  /** Tells whether every key shows what was written last, and never showed anything else. */
  public boolean isWhole() {
    return tallies.values().stream()
        .map(ObjectTally::count)
        .allMatch(count -> count.behind() == 0 && count.different() == 0);
  }

  @Override
  public void close() {
    writing.forEach(Thread::interrupt);
    reading.forEach(Thread::interrupt);
    clients.forEach(BucketClient::close);
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
