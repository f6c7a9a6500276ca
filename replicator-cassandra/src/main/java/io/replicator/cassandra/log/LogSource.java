package io.replicator.cassandra.log;

import io.replicator.cassandra.Selection;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source of one flow: follows a node's commit log on a thread of its own, hands the flow's
 * mutations to the sink, and moves its position on as they become durable.
 *
 * <p>Each flow reads by itself, so that one that is paused holds up no other; segments are deleted
 * when all have done with them.
 */
final class LogSource implements ChangeSource, LogListener {
  private static final Logger LOG = LoggerFactory.getLogger(LogSource.class);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration SAVE = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  /** What the capture of a node has read nobody else can read: its word counts until it is back. */
  private static final Duration HOLD = Duration.ofDays(30);

  private final NodeLink node;
  private final Selection selection;
  private final String flow;
  private final Clocks clocks;
  private final SchemaFollower schema;
  private final LogHealth health;
  private final SettingsWatch settings;
  private final LogReader reader;
  private final Handed handed;
  private final Progress progress;
  private final Handover handover;
  private final SpacePace pace;
  private final SetAside setAside;
  private final Thread thread;

  private Instant lastSave = Instant.EPOCH;
  private Instant lastTick = Instant.EPOCH;
  private Instant lastWatch = Instant.EPOCH;

  /** Before this nothing was logged that is to be read; empty if that need not be told. */
  private volatile Optional<Instant> begin = Optional.empty();

  private volatile boolean behind = true;
  private volatile boolean closed;

  LogSource(NodeLink node, String flow, Selection selection, ChangeSink sink, Clocks clocks) {
    this.node = node;
    this.flow = flow;
    this.selection = selection;
    this.clocks = clocks;
    PositionFile file = new PositionFile(node.directory(), flow);
    PositionFile.Content saved = file.read().orElse(PositionFile.Content.NONE);
    this.health = new LogHealth(flow, saved.gap(), () -> node.schema().refusals(selection));
    this.schema =
        new SchemaFollower(
            node,
            new EntryDecoder(node.schema(), selection),
            health,
            clocks.steady(),
            () -> closed);
    this.handover = new Handover(sink, health, () -> closed, this::look);
    this.reader = new LogReader(node.log(), saved.position(), this);
    this.handed = new Handed(saved.position());
    this.progress = new Progress(file, saved, handed, health, clocks.wall());
    this.setAside = new SetAside(node.directory().resolve("set-aside"));
    this.settings = new SettingsWatch(node, health, clocks, progress::since);
    this.pace = node.settings().spacePace();
    this.thread = new Thread(this::run, "cassandra-" + flow);
  }

  /**
   * Begins to read.
   *
   * @throws ReplicationException of kind FATAL if the flow is of one table that cannot be
   *     replicated; in a keyspace such tables are passed over, and the condition names them
   */
  LogSource start() {
    List<String> refusals = node.schema().refusals(selection);
    if (selection.table().isPresent() && !refusals.isEmpty()) {
      node.log().refused(flow);
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          String.join("; ", refusals),
          "set cdc = false on the table, or change the column",
          null);
    }
    thread.start();
    return this;
  }

  private void run() {
    // What spoke before is still believed. The first word of what did not is what holds
    // replicated-up-to, while it reads what the node alone may have.
    boolean first = progress.isNew();
    while (!closed) {
      try {
        if (first && begin.isEmpty()) {
          begin = node.log().begin();
        }
        if (handover.ready()) {
          Instant now = clocks.steady().instant();
          boolean read = reader.step(clocks.wall().instant(), now);
          tell(now);
          if (!read) {
            watch(now);
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
          }
        }
        save(false);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      } catch (IOException | UncheckedIOException e) {
        health.failed(node.log().path(), e);
        LOG.debug("flow {}: reading failed", flow, e);
        pause();
      } catch (RuntimeException e) {
        health.cannotTell(reader.at(), e);
        LOG.debug("flow {}: reading failed", flow, e);
        pause();
      } catch (Error e) {
        LOG.error("flow {}: reading ended", flow, e);
        health.ended(e);
        break;
      }
    }
    try {
      reader.close();
    } catch (IOException e) {
      LOG.debug("flow {}: closing the log failed", flow, e);
    }
  }

  private void tell(Instant now) {
    OptionalLong back = reader.wentBack();
    if (back.isPresent()) {
      health.wentBack(
          node.log().path(),
          back.getAsLong(),
          reader.at(),
          PositionFile.directory(node.directory()));
    } else if (reader.isBlind(now) && node.answers()) {
      health.blind(node.log().path(), node.address());
    } else {
      health.reads();
    }
  }

  /** While nothing comes, the node may run with other settings than before. */
  private void watch(Instant now) {
    if (Duration.between(lastWatch, now).abs().compareTo(TICK) >= 0) {
      lastWatch = now;
      settings.holds();
    }
  }

  private void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void entry(ByteBuffer entry, int version, Position before, WriteTime written)
      throws InterruptedException, DamagedLogException {
    behind = true;
    Handed.Mark mark = handed.mark(before, Handed.NO_TIME);
    try {
      EntryDecoder.Entry decoded = schema.decode(entry, version, before);
      if (decoded instanceof EntryDecoder.Entry.Mutations found) {
        health.leftOut(found.leftOut());
        handover.offer(found.tables(), mark, written);
      } else if (decoded instanceof EntryDecoder.Entry.Torn torn) {
        health.torn(torn, written);
        handover.offer(torn.before(), mark, written);
      } else if (decoded instanceof EntryDecoder.Entry.Applied) {
        health.applied();
      } else if (decoded instanceof EntryDecoder.Entry.Dropped gone) {
        health.dropped(gone.what());
      }
    } finally {
      mark.end();
    }
  }

  @Override
  public void passed(Position position) {
    handed.mark(position, Handed.NO_TIME).end();
  }

  @Override
  public void caughtUp(Position position, Instant before) {
    behind = false;
    Instant now = clocks.steady().instant();
    if (lastTick.plus(TICK).isBefore(now) && settings.holds()) {
      lastTick = now;
      progress.caughtUp();
      handed.mark(position, before.minus(node.settings().delay())).end();
    }
  }

  @Override
  public void damaged(Path segment, DamagedLogException what) {
    Optional<Path> aside = setAside.keep(segment);
    health.setAside(segment.getFileName());
    health.lost(
        what.getMessage()
            + aside
                .map(copy -> "; the segment is set aside as " + copy)
                .orElse("; the segment could not be set aside"));
  }

  @Override
  public void missed() {
    schema.missed();
  }

  @Override
  public boolean missing(Position position, NavigableMap<Long, Path> segments, boolean read)
      throws IOException {
    boolean lost = progress.missing(position, segments, read);
    if (lost) {
      save(true);
    }
    return lost;
  }

  @Override
  public boolean writes() {
    return node.answers();
  }

  @Override
  public void linkedAgain(boolean wrote) throws IOException {
    if (progress.linkedAgain(wrote)) {
      save(true);
    }
  }

  @Override
  public void readsOn() {
    health.reads();
  }

  private void look() {
    try {
      save(false);
    } catch (IOException e) {
      health.failed(node.log().path(), e);
      LOG.debug("flow {}: looking at the log failed", flow, e);
    }
  }

  /** Makes the position durable, and deletes what is behind all flows. */
  private void save(boolean atOnce) throws IOException {
    Instant now = clocks.steady().instant();
    if (!atOnce && lastSave.plus(SAVE).isAfter(now)) {
      return;
    }
    lastSave = now;
    Position durable = handed.durable();
    NavigableMap<Long, Path> segments = node.log().segments();
    NavigableMap<Long, Path> indexes = node.log().indexes();
    reader.saw(segments, now);
    pace.saw(indexes.keySet(), now);
    progress.save(durable, segments.keySet(), indexes.navigableKeySet(), atOnce);
    health.looks();
    node.log().durable(flow, reader.mayHaveGoneBack(now) ? Optional.empty() : Optional.of(durable));
    node.log().clear(node.flows());
  }

  @Override
  public SourceStatus status() {
    Instant known = handed.upTo();
    return new SourceStatus(
        known.equals(Handed.NO_TIME) ? begin : Optional.of(known),
        behind ? OptionalLong.empty() : OptionalLong.of(0),
        pace.lasts(clocks.steady().instant()),
        HOLD,
        health.condition());
  }

  @Override
  public long passedOver() {
    return health.droppedCount();
  }

  @Override
  public long setAside() {
    return health.setAsideCount();
  }

  @Override
  public void shown(Condition condition) {
    health.shown(condition);
  }

  @Override
  public void acceptGap() {
    health.acceptGap();
  }

  @Override
  public void close() {
    closed = true;
    reader.stop();
    try {
      thread.join(CLOSE_LIMIT.toMillis());
      long end = System.nanoTime() + CLOSE_LIMIT.toNanos();
      while (handed.size() > 0 && System.nanoTime() - end < 0) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      if (!thread.isAlive()) {
        save(true);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("flow {}: the last position was not written: {}", flow, e.toString());
    }
    LOG.info("flow {}: passed over {}", flow, health.passedOver());
  }
}
