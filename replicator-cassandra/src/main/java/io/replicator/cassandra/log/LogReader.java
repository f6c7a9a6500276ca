package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a node's commit log from a position on, segment by segment, section by section, and tells a
 * listener what it meets. Used by one thread.
 *
 * <p>A segment is done with when its last section was read a while after a later segment was first
 * seen to have one, and nothing is behind it: a node completes them in their order, and an entry
 * may have got its place in the older one just before.
 */
final class LogReader implements AutoCloseable {
  /** How long an entry may have got its place before it is written there; generously. */
  static final Duration LATE = Duration.ofMillis(250);

  /**
   * How often the folder is looked at while nothing is written to the open segment: a look lists it
   * and opens what stands behind.
   */
  static final Duration LOOK = Duration.ofMillis(50);

  private enum Opening {
    /** A segment is open. */
    DONE,
    /** There is none to be read yet. */
    NOTHING,
    /** What stands there cannot be read, and may be once more of it is written. */
    UNREADABLE,
    /** Look again: it was passed over, or deleted meanwhile. */
    AGAIN
  }

  private final LogDirectory log;
  private final LogListener listener;
  private Position at;
  private SegmentFile segment;
  private Instant begun;
  private Instant laterSeen;

  private final Links links;
  private final EarlierSegments earlier = new EarlierSegments();
  private final Frontier frontier = new Frontier();

  private final Duration apart;

  /** When the folder was looked at last; null if it is to be looked at again at once. */
  private Instant looked;

  private volatile boolean stopped;

  LogReader(LogDirectory log, Position from, LogListener listener) {
    this(log, from, listener, LOOK);
  }

  /**
   * @param apart how often the folder is looked at
   */
  LogReader(LogDirectory log, Position from, LogListener listener, Duration apart) {
    this.apart = apart;
    this.log = log;
    this.at = from;
    this.listener = listener;
    this.links = new Links(listener::writes);
  }

  Position at() {
    return at;
  }

  /** Ends a step that is under way behind its present entry. */
  void stop() {
    stopped = true;
  }

  /**
   * Reads a section, or moves on to the next segment.
   *
   * @param now the time of day
   * @param passed the time by a clock that is never set
   * @return false if there is nothing to read now
   */
  boolean step(Instant now, Instant passed) throws IOException, InterruptedException {
    if (segment != null && readNext()) {
      return true;
    }
    if (looked != null && Duration.between(looked, now).abs().compareTo(apart) < 0) {
      return false;
    }
    looked = now;
    NavigableMap<Long, Path> segments = log.segments();
    links.look(segments, at.segment(), passed);
    if (segment == null) {
      Opening opening = open(segments);
      looked = opening == Opening.AGAIN ? null : looked;
      if (opening == Opening.NOTHING) {
        foundNothing(segments, false, LaterSegments.look(segments, at.segment()), now);
      }
      if (opening != Opening.DONE) {
        return opening == Opening.AGAIN;
      }
    }
    try {
      Optional<SegmentFile.Section> section = segment.section(at.section(), false);
      if (section.isEmpty()) {
        boolean pending = segment.isPending(at.section());
        LaterSegments later = LaterSegments.look(segments, at.segment());
        if (!later.haveContent()) {
          foundNothing(segments, pending, later, now);
          return false;
        }
        if (later.withContent() == 1 && (!isOver(passed) || (pending && isOfSameLife(later)))) {
          return false;
        }
        // Only now is this segment known to be complete: what it got meanwhile comes first.
        section = segment.section(at.section(), true);
      }
      if (section.isPresent()) {
        read(section.get());
        return true;
      }
    } catch (DamagedLogException e) {
      if (!laterHasContent(segments)) {
        return false; // the node may be writing just there
      }
      listener.damaged(segment.path(), e);
    }
    Long next = segments.higherKey(at.segment());
    if (!segments.containsKey(at.segment())) {
      missing(segments, true);
    }
    moveTo(next, segments);
    return true;
  }

  /** Takes note of a look at the folder, at a time by a clock that is never set. */
  void saw(NavigableMap<Long, Path> segments, Instant passed) throws IOException {
    links.look(segments, at.segment(), passed);
    earlier.look(segments, at.segment(), passed);
  }

  /**
   * Returns a segment that the node writes to now, though it stands before the one of the position
   * by its id: it is not read. Empty if there is none.
   */
  OptionalLong wentBack() {
    return earlier.written();
  }

  /** Tells whether the node may be writing to what stands before the position. */
  boolean mayHaveGoneBack(Instant passed) {
    return earlier.mayBeWritten(passed);
  }

  /** Tells whether nothing of what the node writes now is seen, for so long that it is said. */
  boolean isBlind(Instant passed) {
    return links.isBlind(passed);
  }

  private void missing(NavigableMap<Long, Path> segments, boolean read) throws IOException {
    boolean lost = listener.missing(at, segments, read);
    if (lost && !laterHasContent(segments)) {
      links.lost(at.segment());
    }
  }

  private void foundNothing(
      NavigableMap<Long, Path> segments, boolean pending, LaterSegments later, Instant now) {
    if (!links.showTheEnd(segments, at.segment(), segment != null)
        || earlier.written().isPresent()) {
      return; // an empty folder tells nothing, nor does one where the node writes elsewhere
    }
    if (later.pending()) {
      frontier.moved(); // it is about to
      return;
    }
    Optional<Instant> upTo = pending ? frontier.pending(now) : Optional.of(frontier.clear(now));
    upTo.ifPresent(time -> listener.caughtUp(at, time));
  }

  /**
   * Tells whether the node may still write to the segment though a later one has content: a node
   * counts its segments on, but begins anew when it starts, and leaves behind what it had not
   * marked.
   */
  private boolean isOfSameLife(LaterSegments later) {
    return later.first() == at.segment() + 1;
  }

  /** Tells whether the wait since a later segment was seen to have content is over. */
  private boolean isOver(Instant now) {
    if (laterSeen == null) {
      laterSeen = now;
    }
    return !now.isBefore(laterSeen.plus(LATE));
  }

  private Opening open(NavigableMap<Long, Path> segments) throws IOException {
    if (begun == null) {
      begun = WriteTime.begin(segments, at.segment());
    }
    Path path = segments.get(at.segment());
    if (path == null) {
      Map.Entry<Long, Path> next = segments.higherEntry(at.segment());
      boolean goesOn = laterHasContent(segments);
      if (!links.areMissing() || goesOn) {
        missing(segments, false);
      }
      // The node writes to one before the first that is blank, but where all begins with that.
      if (next == null || (!goesOn && (links.areMissing() || at.segment() != 0))) {
        return Opening.NOTHING;
      }
      moveTo(next.getKey(), segments);
      path = next.getValue();
    }
    try {
      Optional<SegmentFile> opened = SegmentFile.open(path);
      if (opened.isEmpty() && laterHasContent(segments)) {
        opened = SegmentFile.open(path); // it is complete by now, if it ever was to be
        if (opened.isEmpty()) {
          // A node that is killed may leave one in which it had written nothing yet.
          return SegmentFile.isBlank(path) ? passOver(segments) : passOver(segments, path);
        }
      }
      opened.ifPresent(it -> segment = it);
      return opened.isPresent() ? Opening.DONE : Opening.NOTHING;
    } catch (NoSuchFileException e) {
      return Opening.AGAIN;
    } catch (DamagedLogException e) {
      if (!laterHasContent(segments)) {
        return Opening.UNREADABLE;
      }
      listener.damaged(path, e);
      return passOver(segments);
    }
  }

  private Opening passOver(NavigableMap<Long, Path> segments, Path path) throws IOException {
    listener.damaged(path, new DamagedLogException(path.getFileName() + " has no header"));
    return passOver(segments);
  }

  private Opening passOver(NavigableMap<Long, Path> segments) throws IOException {
    moveTo(segments.higherKey(at.segment()), segments);
    return Opening.AGAIN;
  }

  private boolean laterHasContent(NavigableMap<Long, Path> segments) throws IOException {
    return LaterSegments.look(segments, at.segment()).haveContent();
  }

  private void moveTo(long id, NavigableMap<Long, Path> segments) throws IOException {
    close();
    begun = WriteTime.begin(segments, id); // now, for the one before may be deleted in a moment
    laterSeen = null;
    looked = null;
    frontier.moved();
    at = Position.startOf(id);
    listener.passed(at);
  }

  /** Reads the next section, if one is complete and can be read. */
  private boolean readNext() throws IOException, InterruptedException {
    try {
      Optional<SegmentFile.Section> section = segment.section(at.section(), false);
      if (section.isPresent()) {
        read(section.get());
      }
      return section.isPresent();
    } catch (DamagedLogException e) {
      return false; // what becomes of it depends on the other segments
    }
  }

  private void read(SegmentFile.Section section) throws IOException, InterruptedException {
    if (links.standAgain(segment.id())) {
      listener.linkedAgain(links.mended());
    }
    if (earlier.written().isPresent()) {
      listener.readsOn();
    }
    earlier.read();
    WriteTime written = new WriteTime(begun, LogDirectory.lastWrite(segment.path()));
    Entries entries = new Entries(segment, section, at.entry());
    try {
      Optional<ByteBuffer> entry = entries.next();
      while (entry.isPresent()) {
        entry(entry.get(), written);
        at = new Position(segment.id(), section.start(), entries.position());
        if (stopped) {
          listener.passed(at);
          return;
        }
        entry = entries.next();
      }
    } catch (DamagedLogException e) {
      listener.damaged(segment.path(), e);
      listener.missed();
    }
    frontier.read();
    at = new Position(segment.id(), section.end(), 0);
    listener.passed(at);
  }

  private void entry(ByteBuffer entry, WriteTime written) throws InterruptedException {
    try {
      listener.entry(entry, segment.messagingVersion(), at, written);
    } catch (DamagedLogException e) {
      listener.damaged(segment.path(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (segment != null) {
      segment.close();
      segment = null;
    }
  }
}
