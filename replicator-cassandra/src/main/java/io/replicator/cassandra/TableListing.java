package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.Listing;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.InstantSource;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backfill of a flow's tables under way: one table after the other by their names, on a thread of
 * its own. Its position is a table and a token of it: {@code orders -42}.
 */
final class TableListing implements Listing {
  private static final Logger LOG = LoggerFactory.getLogger(TableListing.class);

  private final Supplier<CqlSession> connect;
  private final Selection selection;
  private final String part;
  private final String after;
  private final int rate;
  private final ChangeSink sink;
  private final InstantSource clock;
  private final AtomicLong count = new AtomicLong();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Thread thread;
  private volatile String position;

  /**
   * @param connect gives a session with the cluster, which stays the giver's; blocks
   * @param part as {@link Part#parse} reads it
   * @param after a position that was reached before; may be empty
   * @param rate the most rows a second
   */
  TableListing(
      Supplier<CqlSession> connect,
      Selection selection,
      String part,
      String after,
      int rate,
      ChangeSink sink,
      InstantSource clock) {
    this.connect = connect;
    this.selection = selection;
    this.part = part;
    this.after = after;
    this.rate = rate;
    this.sink = sink;
    this.clock = clock;
    this.position = after;
    this.thread = new Thread(this::run, "backfill-" + selection);
  }

  TableListing start() {
    thread.setDaemon(true); // a request that is under way is not worth waiting for
    thread.start();
    return this;
  }

  private void run() {
    try {
      Part wanted = Part.parse(part);
      CqlSession session = connect.get();
      for (TableShape table : tables(session, wanted).values()) {
        send(session, table, wanted);
      }
      done.complete(null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done.cancel(false);
    } catch (RuntimeException e) {
      done.completeExceptionally(DriverFailure.of("reading " + selection + " failed", e));
    }
  }

  /** Returns what is left to do, by the tables' names. */
  private NavigableMap<String, TableShape> tables(CqlSession session, Part wanted) {
    NavigableMap<String, TableShape> tables =
        new TreeMap<>(
            SchemaReader.read(session, selection.keyspace()).toCompletableFuture().join());
    wanted
        .table()
        .flatMap(name -> refusal(name, tables))
        .ifPresent(
            why -> {
              throw new ReplicationException(
                  Kind.BLOCKED, why, "stop the backfill, or mend that", null);
            });
    tables
        .values()
        .removeIf(
            table ->
                !selection.contains(table.name())
                    || wanted.table().filter(name -> !name.equals(table.name())).isPresent()
                    || !table.cdc()
                    || !table.refusals().isEmpty());
    return after.isEmpty() ? tables : tables.tailMap(after.substring(0, after.indexOf(' ')), true);
  }

  /** Asks why a table's rows cannot be sent; empty if they can. Blocks. */
  static Optional<String> refusal(CqlSession session, TableName name) {
    try {
      return refusal(
          name, SchemaReader.read(session, name.keyspace()).toCompletableFuture().join());
    } catch (RuntimeException e) {
      throw DriverFailure.of("reading the schema of " + name.keyspace() + " failed", e);
    }
  }

  static Optional<String> refusal(TableName name, Map<String, TableShape> tables) {
    TableShape table = tables.get(name.table());
    if (table == null) {
      return Optional.of(name + " does not exist; there are " + tables.keySet());
    }
    if (!table.refusals().isEmpty()) { // whatever its cdc is, which would be of no use to it
      return Optional.of(name + " is not replicated: " + String.join("; ", table.refusals()));
    }
    return table.cdc() ? Optional.empty() : Optional.of(name + " has cdc = false");
  }

  private void send(CqlSession session, TableShape table, Part wanted) throws InterruptedException {
    String name = table.name().table();
    long from =
        after.startsWith(name + " ")
            ? Long.parseLong(after.substring(name.length() + 1))
            : wanted.from();
    if (from < wanted.to()) {
      TableBackfill backfill = new TableBackfill(session, table, counting(), rate, clock);
      backfill.run(from, wanted.to(), token -> position = name + " " + token);
      if (backfill.refused() > 0) {
        LOG.warn(
            "the backfill of {} did not carry {} rows whole", table.name(), backfill.refused());
      }
    }
  }

  private ChangeSink counting() {
    return new ChangeSink() {
      @Override
      public CompletionStage<Void> ready() {
        return sink.ready();
      }

      @Override
      public CompletionStage<Void> offer(Change change) {
        return sink.offer(change).thenRun(count::incrementAndGet);
      }
    };
  }

  @Override
  public String position() {
    return position;
  }

  @Override
  public long count() {
    return count.get();
  }

  @Override
  public CompletionStage<Void> done() {
    return done;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
