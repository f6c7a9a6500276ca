package io.replicator.backfill;

import io.replicator.model.Flow;
import io.replicator.model.Hint;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.HintSink;
import io.replicator.spi.Listing;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backfill of a flow: carries out the last order that the region was given for it, if this
 * agent is the one to do so, from where whoever did it before has left it. Thread-safe.
 */
public final class Backfill implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);
  private static final Duration KEEP = Duration.ofSeconds(2);
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final Flow flow;
  private final Reader reader;
  private final InstantSource clock;
  private final Predicate<Order> responsible;
  private final BooleanSupplier drained;
  private final Consumer<Order> keep;
  private Optional<Order> order = Optional.empty();
  private Optional<Listing> listing = Optional.empty();
  private long counted;
  private Instant kept = Instant.EPOCH;
  private Instant notBefore = Instant.EPOCH;
  private String trouble = "";

  /** Whoever reads the present state of the resource for an order. */
  public interface Reader {
    /** Begins to read, from where the order says; blocks nowhere. */
    Listing open(Order order);
  }

  /** Returns what lists a store that gives hints, no faster than an order says. */
  public static Reader ofHints(Door.Hints door, HintSink sink, Timer timer, InstantSource clock) {
    return order ->
        door.list(
            order.repair() ? Hint.Kind.REPAIR : Hint.Kind.LISTED,
            order.prefix(),
            order.position(),
            new Pace(sink, order.rate(), timer, clock));
  }

  /** Returns what reads a store whose nodes keep logs, no faster than an order says. */
  public static Reader ofChanges(Door.NodeLog door, ChangeSink sink) {
    return order -> door.list(order.prefix(), order.position(), order.rate(), sink);
  }

  /**
   * @param responsible whether an order falls to this agent
   * @param drained whether this region has applied all that the others have told it
   * @param keep makes an order's progress durable, without waiting
   */
  public Backfill(
      Flow flow,
      Reader reader,
      InstantSource clock,
      Predicate<Order> responsible,
      BooleanSupplier drained,
      Consumer<Order> keep) {
    this.flow = flow;
    this.reader = reader;
    this.clock = clock;
    this.responsible = responsible;
    this.drained = drained;
    this.keep = keep;
  }

  /**
   * Takes note of what the region's control topic says: a new order, a stop, or how far one has
   * come. What has ended does not begin again: its progress may be heard late.
   */
  public synchronized void told(Order said) {
    boolean same = order.filter(said::isSame).isPresent();
    if (same && said.isRunning() && (listing.isPresent() || !order.orElseThrow().isRunning())) {
      return;
    }
    if (!same || !said.isRunning()) {
      stop();
      trouble = "";
      counted = 0;
      notBefore = Instant.EPOCH;
    }
    order = Optional.of(said);
  }

  /** Goes on, if there is anything to do. Called every second. */
  public synchronized void tick() {
    Instant now = clock.instant();
    if (order.filter(Order::isRunning).filter(responsible).isEmpty()) {
      stop();
    } else if (listing.isPresent()) {
      follow(listing.get(), now);
    } else if (!now.isBefore(notBefore)) {
      begin(order.get());
    }
  }

  private void begin(Order next) {
    if (next.repair() && !drained.getAsBoolean()) {
      trouble =
          "waits until what the other regions have told is applied here, so that nothing newer is"
              + " passed over";
      return;
    }
    trouble = "";
    counted = 0;
    LOG.info("flow {}: {} begins", flow, next);
    listing = Optional.of(reader.open(next));
  }

  private void follow(Listing running, Instant now) {
    CompletableFuture<Void> done = running.done().toCompletableFuture();
    Order before = order.orElseThrow();
    Order reached = before.at(running.position(), running.count() - counted);
    if (done.isCompletedExceptionally()) {
      counted = 0;
      listing = Optional.empty();
      notBefore = now.plus(AGAIN);
      trouble = "waits: " + reason(done);
      LOG.warn("flow {}: {} {}", flow, reached, trouble);
      keep(reached, now);
    } else if (done.isDone()) {
      listing = Optional.empty();
      Order finished = reached.in(Order.State.DONE);
      LOG.info("flow {}: {}; done", flow, finished);
      keep(finished, now);
    } else if (now.isAfter(kept.plus(KEEP)) && running.count() > counted) {
      counted = running.count();
      keep(reached, now);
    }
  }

  private static String reason(CompletableFuture<Void> failed) {
    try {
      failed.join();
      return "";
    } catch (CompletionException e) {
      return String.valueOf(e.getCause().getMessage());
    }
  }

  private void keep(Order reached, Instant now) {
    order = Optional.of(reached);
    kept = now;
    keep.accept(reached);
  }

  /** Returns the last order and how far it has come, in words; empty if there never was one. */
  public synchronized String status() {
    return order
        .map(
            it -> {
              long more = listing.map(Listing::count).orElse(counted) - counted;
              String words = it.state().name().toLowerCase(Locale.ROOT);
              return words
                  + ": "
                  + it.at(it.position(), more)
                  + (trouble.isEmpty() || !it.isRunning() ? "" : "; " + trouble);
            })
        .orElse("");
  }

  /**
   * Returns an order as it may be given now: one of the same again goes on where the running one
   * is, at its own rate. An order of anything else would end the running one unsaid.
   *
   * @throws IllegalStateException if another one is running; its message names it
   */
  public synchronized Order admitted(Order wanted) {
    Optional<Order> running = order.filter(Order::isRunning).map(this::reached);
    running
        .filter(now -> !now.isAlike(wanted))
        .ifPresent(
            now -> {
              LOG.warn("flow {}: an order was refused, since another is running: {}", flow, now);
              throw new IllegalStateException(
                  "%s: another is running: %s. Wait until it is done, or end it with: replicator backfill %s --stop"
                      .formatted(flow, now, flow));
            });
    return running.map(wanted::from).orElse(wanted);
  }

  private Order reached(Order last) {
    return listing.map(it -> last.at(it.position(), it.count() - counted)).orElse(last);
  }

  /** Returns the order as it is once it is stopped; empty if none is running. */
  public synchronized Optional<Order> stopped() {
    return order.filter(Order::isRunning).map(Order::stopped);
  }

  private void stop() {
    listing.ifPresent(Listing::close);
    listing = Optional.empty();
  }

  @Override
  public synchronized void close() {
    stop();
  }
}
