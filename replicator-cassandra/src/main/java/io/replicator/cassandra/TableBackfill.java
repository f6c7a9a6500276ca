package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import io.replicator.spi.ChangeSink;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * A backfill of one table reads the present state of a range of tokens and hands it to a sink: each
 * cell with the time at which it was written and its time to live, so that what the target has
 * newer stays. One thread.
 *
 * <p>It does not send what is not there: deletions are known to the log alone.
 */
public final class TableBackfill {
  /** Of the Murmur3 partitioner. */
  public static final long FIRST_TOKEN = Long.MIN_VALUE;

  private static final int PAGE = 500;

  private final CqlSession session;
  private final RowSelect select;
  private final RowSender sender;
  private final int rowsPerSecond;
  private final InstantSource clock;

  /**
   * @param rowsPerSecond the most that are read
   */
  public TableBackfill(
      CqlSession session,
      TableShape table,
      ChangeSink sink,
      int rowsPerSecond,
      InstantSource clock) {
    this.session = session;
    this.select = new RowSelect(table);
    this.sender = new RowSender(sink, clock);
    this.rowsPerSecond = rowsPerSecond;
    this.clock = clock;
  }

  /**
   * Sends all rows whose token is above one and at most another; returns when all are durable.
   *
   * @param from the token after which to begin: {@link #FIRST_TOKEN}, or the last that was told
   * @param to the last token
   * @param progress is told a token whenever everything up to it is durable
   * @return how many rows were read
   * @throws com.datastax.oss.driver.api.core.DriverException if the cluster does not answer: begin
   *     again at the last token told
   */
  public long run(long from, long to, LongConsumer progress) throws InterruptedException {
    PreparedStatement prepared = session.prepare(select.cql());
    long now = clock.instant().getEpochSecond(); // what is left of times to live is told as of it
    ResultSet rows =
        session.execute(
            prepared
                .bind(from, to)
                .setPageSize(PAGE)
                .setConsistencyLevel(ConsistencyLevel.LOCAL_QUORUM)
                .setIdempotent(true)
                .setNowInSeconds(Math.toIntExact(now)));
    long begin = System.nanoTime();
    long count = 0;
    long token = from;
    List<CompletableFuture<Void>> underWay = new ArrayList<>();
    for (com.datastax.oss.driver.api.core.cql.Row row : rows) {
      long next = row.getLong(0);
      if (underWay.size() >= PAGE) {
        awaitAll(underWay);
        if (next != token) {
          progress.accept(token);
        }
      }
      token = next;
      underWay.add(sender.send(select.mutation(row, now), () -> select.name(row)));
      count++;
      pace(begin, count);
    }
    awaitAll(underWay);
    progress.accept(to);
    return count;
  }

  /** Returns of how many rows something was left out, because it can never be carried. */
  public long refused() {
    return sender.refused();
  }

  private void pace(long begin, long count) throws InterruptedException {
    long due = begin + TimeUnit.SECONDS.toNanos(count) / rowsPerSecond;
    long early = due - System.nanoTime();
    if (early > 0) {
      TimeUnit.NANOSECONDS.sleep(early);
    }
  }

  private static void awaitAll(List<CompletableFuture<Void>> underWay) throws InterruptedException {
    try {
      CompletableFuture.allOf(underWay.toArray(CompletableFuture<?>[]::new)).get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
    underWay.clear();
  }
}
