package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;

import com.datastax.oss.driver.api.core.DriverException;
import io.replicator.cassandra.RandomCql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Chaos writers are services that write all three stores in both regions until they are told to
 * stop, and know which of their writes were acknowledged.
 */
final class ChaosWriters implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int GROUPS = 5;
  private static final int PARTITIONS = 20;

  final CellRecord cells = new CellRecord();
  final WriteRecord objects = new WriteRecord();
  private final Map<String, CellWriter> cellWriters = new HashMap<>();
  private final Map<String, RandomCql> cqlWriters = new HashMap<>();
  private final Map<String, LetterWriter> letters = new HashMap<>();
  private final Map<String, LetterWriter> ordered = new HashMap<>();
  private final Map<String, ObjectWriter> objectWriters = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  /** Starts writing. */
  ChaosWriters(ChaosRegions regions, long seed) {
    for (String region : ChaosRegions.NAMES) {
      regions.cql(region).execute(CellWriter.TABLE);
      RandomCql.SCHEMA.forEach(regions.cql(region)::execute);
    }
    Random random = new Random(seed);
    for (String region : ChaosRegions.NAMES) {
      CellWriter cellWriter = new CellWriter(region, regions.cql(region), cells, random.nextLong());
      ObjectWriter objectWriter =
          new ObjectWriter(regions.bucket(region), objects, random.nextLong());
      LetterWriter standard =
          new LetterWriter(
              regions.queues(region),
              "orders-replication",
              region + "-standard",
              0,
              random.nextLong());
      LetterWriter fifo =
          new LetterWriter(
              regions.queues(region),
              "invoices-replication.fifo",
              region + "-fifo",
              GROUPS,
              random.nextLong());
      RandomCql cql = new RandomCql(random.nextLong(), PARTITIONS);
      cellWriters.put(region, cellWriter);
      cqlWriters.put(region, cql);
      objectWriters.put(region, objectWriter);
      letters.put(region, standard);
      ordered.put(region, fifo);
      start(region + "-cells", cellWriter::write, 50, random.nextLong());
      start(region + "-objects", objectWriter::write, 200, random.nextLong());
      start(region + "-letters", standard::write, 400, random.nextLong());
      start(region + "-fifo", fifo::write, 700, random.nextLong());
      start(
          region + "-cql",
          () -> {
            try {
              regions.cql(region).execute(cql.next());
            } catch (DriverException e) {
              return; // compared between the regions alone, so it may have happened or not
            }
          },
          120,
          random.nextLong());
    }
  }

  private void start(String name, Runnable write, int pauseMillis, long seed) {
    Random random = new Random(seed);
    Thread thread =
        new Thread(
            () -> {
              while (!stopped) {
                write.run();
                LockSupport.parkNanos(Duration.ofMillis(random.nextInt(2 * pauseMillis)).toNanos());
              }
            },
            "writer-" + name);
    thread.setUncaughtExceptionHandler((any, failure) -> failures.add(failure));
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** Has all writers end, whatever comes of it. */
  @Override
  public void close() {
    stopped = true;
  }

  /** Has all writers end; returns when they have. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join(PATIENCE.toMillis());
      if (thread.isAlive()) {
        throw new AssertionError(thread.getName() + " does not end");
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionError("a writer failed", failures.get(0));
    }
  }

  /** Writes a little more into everything; for after the end. */
  void addTo(String region, int writes) {
    for (int i = 0; i < writes; i++) {
      cellWriters.get(region).write();
      objectWriters.get(region).write();
      letters.get(region).write();
      ordered.get(region).write();
    }
  }

  /** Returns how many changes of a resource a region's writes can be at most. */
  long most(String region, String resource) {
    return switch (resource) {
      case "orders" -> letters(region).sent().size() + letters(region).unsure().size();
      case "invoices.fifo" -> ordered(region).sent().size() + ordered(region).unsure().size();
      case "photos" -> objectWriters.get(region).attempts();
      // A batch writes to two tables that are captured.
      case "shop" -> cellWriters.get(region).attempts() + 2L * cqlWriters.get(region).made();
      default -> throw new IllegalArgumentException(resource);
    };
  }

  LetterWriter letters(String region) {
    return letters.get(region);
  }

  LetterWriter ordered(String region) {
    return ordered.get(region);
  }

  ObjectWriter objects(String region) {
    return objectWriters.get(region);
  }

  @Override
  public String toString() {
    return "%d cells written, %d + %d objects, %d + %d letters (%d unsure), %d + %d in order (%d unsure)"
        .formatted(
            cells.writes(),
            objects(EAST).attempts(),
            objects(WEST).attempts(),
            letters(EAST).sent().size(),
            letters(WEST).sent().size(),
            letters(EAST).unsure().size() + letters(WEST).unsure().size(),
            ordered(EAST).sent().size(),
            ordered(WEST).sent().size(),
            ordered(EAST).unsure().size() + ordered(WEST).unsure().size());
  }
}
