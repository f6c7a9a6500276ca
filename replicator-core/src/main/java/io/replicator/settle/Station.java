package io.replicator.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.kafka.TopicNames;
import io.replicator.ledger.LedgerEntry;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.HintSink;
import io.replicator.spi.SettleTarget;
import io.replicator.timer.Timer;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.Decoded;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the attempts of one resource share: the store's end, the outlet, and what is counted and
 * said of them. Thread-safe.
 *
 * @param own the inflow of the region's hints; empty where it captures none
 * @param sink takes hints that the station itself has
 * @param retention of change topics; the ledger remembers for twice as long
 */
record Station(
    Region here,
    Terms terms,
    SettleTarget target,
    Outlet outlet,
    Guard guard,
    Patience patience,
    Owners owners,
    Optional<Inflow> own,
    Optional<HintSink> sink,
    Losses losses,
    Timer timer,
    Clocks clocks,
    Duration retention)
    implements Owner.Work {
  private static final Logger LOG = LoggerFactory.getLogger(Station.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** More than clocks of two regions may be apart. */
  private static final Duration SLACK = Duration.ofHours(1);

  /** Number of the durable form of a conflict. */
  private static final int CONFLICT_FORMAT = 1;

  @Override
  public void begin(Owner owner, Entry entry) {
    patience.began();
    new Attempt(this, owner, entry).begin();
  }

  @Override
  public boolean isOpen(Inflow inflow) {
    return patience.isOpen();
  }

  @Override
  public void dropped(Entry entry) {
    patience.forget(entry);
  }

  @Override
  public long size(Entry entry) {
    return entry.decoded instanceof Decoded.Captured captured
        ? target.size(captured.change())
        : entry.bytes();
  }

  /**
   * Returns the time of the oldest change that can surely be told from a newer one: of what was
   * before, the ledger may have forgotten what came after it.
   */
  Instant remembersSince() {
    return clocks.wall().instant().minus(retention.multipliedBy(2)).plus(SLACK);
  }

  /** Makes durable that a parked entry needs to wait no longer. */
  CompletionStage<Void> end(Owner owner, Entry entry) {
    return entry.end.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : outlet.write(owner, List.of(entry.end.get()));
  }

  void pump() {
    owners.pump();
  }

  /** Has every key looked at that a listing should have shown, as fast as hints are taken. */
  CompletionStage<Void> lookAt(Owner owner, Listings.Shown shown) {
    // An emptied bucket must not become a million hints.
    return guard.recognise(owner, true).thenCompose(right -> lookForMissing(owner, shown));
  }

  private CompletionStage<Void> lookForMissing(Owner owner, Listings.Shown shown) {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    // The whole ledger is gone through, and the hints may have to wait.
    timer.apart(
        () -> {
          try {
            List<CompletableFuture<Void>> offered = new ArrayList<>();
            for (String key : shown.missing(owner.ledger(), target::isReplicated)) {
              HintSink taker = sink.orElseThrow();
              taker.ready().toCompletableFuture().join();
              Hint hint = new Hint(key, Hint.Kind.LISTED, clocks.wall().instant());
              offered.add(taker.offer(hint).toCompletableFuture());
            }
            CompletableFuture.allOf(offered.toArray(CompletableFuture<?>[]::new)).join();
            durable.complete(null);
          } catch (CompletionException | CancellationException e) {
            durable.completeExceptionally(e);
          }
        });
    return durable;
  }

  /** Counts what was told to the other regions. */
  void told(Change change) {
    own.ifPresent(inflow -> inflow.figures().captured(change.size()));
  }

  /**
   * Returns what is to be kept of a conflict: JSON with both versions.
   *
   * @param loser the version that lost
   */
  Output conflict(Inflow inflow, Change change, Optional<LedgerEntry> known, Version loser) {
    Version arrived = change.version().orElseThrow();
    String winner =
        loser.equals(arrived)
            ? known.map(entry -> entry.version().toString()).orElse("")
            : arrived.toString();
    inflow.figures().conflict();
    LOG.info(
        "flow {}: conflict: of {} the version {} wins over {}, which had not seen it",
        inflow.flow(),
        change.key(),
        winner,
        loser);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", CONFLICT_FORMAT);
    fields.put("flow", inflow.flow().toString());
    fields.put("key", change.key());
    fields.put("won", winner);
    fields.put("lost", loser.toString());
    fields.put("kind", change.kind().name());
    fields.put("time", clocks.wall().instant().toString());
    try {
      return new Output.Aside(
          TopicNames.conflicts(here),
          change.key().getBytes(UTF_8),
          JSON.writeValueAsBytes(fields),
          new RecordHeaders());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  Output deadLetter(Entry entry, String reason, Optional<Throwable> failure) {
    return new Output.Aside(
        TopicNames.deadLetters(here),
        entry.message.key(),
        entry.message.value(),
        DeadLetter.of(
                entry.input.inflow().flow(),
                entry.message,
                entry.attempts,
                reason,
                failure,
                clocks.wall().instant())
            .headers(entry.message.headers()));
  }

  void deadLettered(Entry entry, String reason, String hint) {
    Inflow inflow = entry.input.inflow();
    inflow.figures().deadLettered(reason, hint);
    LOG.warn("flow {}: dead letter: {}. {}", inflow.flow(), reason, hint);
  }
}
