package io.replicator.it;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Rows that a bench writes: numbered ones of {@code shop.bench}, with timestamps, at a steady rate
 * or as fast as the node takes them.
 */
final class Rows {
  static final String TABLE = "bench (k bigint PRIMARY KEY, v text)";
  private static final int IN_FLIGHT = 256;
  private static final String VALUE = "v".repeat(100);

  private final CqlSession session;
  private final PreparedStatement insert;

  Rows(CqlSession session) {
    this.session = session;
    this.insert = session.prepare("INSERT INTO shop.bench (k, v) VALUES (?, ?) USING TIMESTAMP ?");
  }

  /**
   * Writes rows, and waits for all of them.
   *
   * @param rate rows a second; 0 for no limit
   * @param written is told each row once the node has acknowledged it
   * @return how long each write took, in microseconds, sorted
   */
  @SuppressWarnings("FutureReturnValueIgnored") // what comes of each is noted by itself
  List<Long> write(long from, long count, double rate, LongConsumer written) {
    List<Long> micros = Collections.synchronizedList(new ArrayList<>());
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Semaphore room = new Semaphore(IN_FLIGHT);
    long begin = System.nanoTime();
    for (long k = from; k < from + count; k++) {
      if (rate > 0) {
        long due = begin + (long) ((k - from) * TimeUnit.SECONDS.toNanos(1) / rate);
        LockSupport.parkNanos(due - System.nanoTime());
      }
      room.acquireUninterruptibly();
      long row = k;
      long sent = System.nanoTime();
      session
          .executeAsync(insert.bind(row, VALUE, System.currentTimeMillis() * 1_000))
          .whenComplete(
              (done, failure) -> {
                micros.add((System.nanoTime() - sent) / 1_000);
                room.release();
                if (failure != null) {
                  failed.set(failure);
                } else {
                  written.accept(row);
                }
              });
    }
    room.acquireUninterruptibly(IN_FLIGHT);
    if (failed.get() != null) {
      throw new IllegalStateException("a write failed", failed.get());
    }
    List<Long> sorted = new ArrayList<>(micros);
    Collections.sort(sorted);
    return sorted;
  }

  /** Writes rows as fast as the node takes them; returns how many it took a second. */
  double fast(long from, long count) {
    long begin = System.nanoTime();
    write(from, count, 0, row -> {});
    return count * 1e9 / (System.nanoTime() - begin);
  }

  static double millisAt(List<Long> sortedMicros, double share) {
    int at = (int) Math.min(sortedMicros.size() - 1L, Math.round(sortedMicros.size() * share));
    return sortedMicros.get(at) / 1_000.0;
  }
}
