package io.replicator.apply;

import io.replicator.lag.Progress;
import io.replicator.model.Change;
import io.replicator.wire.Decoded;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A lane is one partition of a flow in this agent's hands: keys in parallel, each key in order, and
 * a front before which everything is done.
 *
 * <p>Entries come from the consumer's thread; they are begun, finished and remembered on any.
 */
final class Lane {
  /**
   * Begins an entry that is not done yet; finishes it with {@link #release} and {@link #settle}.
   */
  interface Work {
    void begin(Lane lane, Entry entry);

    /** Tells whether new work may be begun. */
    boolean isOpen();

    /** Takes note of a change that was had before. */
    void duplicate();
  }

  private final int partition;
  private final Window window;
  private final Work work;
  private final InstantSource clock;
  private final Instant born;
  private final Marks marks;
  private final Optional<RecentIds> ids;
  private final Progress progress;
  private final Deque<Entry> order = new ArrayDeque<>();
  private final Map<String, Deque<Entry>> keys = new HashMap<>();
  private final Deque<Entry> runnable = new ArrayDeque<>();
  private final AtomicInteger pumps = new AtomicInteger();
  private long front;
  private int active;
  private boolean closed;
  private boolean dirty;
  private Instant heard;
  private int resting;
  private long committable;
  private Optional<String> topicId;
  private Optional<String> presentTopicId = Optional.empty();
  private Optional<String> purged;

  /**
   * @param front the first offset that is not done
   * @param born when this region first read the partition; the epoch if from its beginning
   * @param memory what the journal holds
   * @param ids room for the ids of applied changes, where the store keeps no history
   */
  Lane(
      int partition,
      long front,
      Instant born,
      Journal.Memory memory,
      Optional<RecentIds> ids,
      Window window,
      Work work,
      InstantSource clock) {
    this.partition = partition;
    this.front = front;
    this.born = born;
    this.window = window;
    this.work = work;
    this.clock = clock;
    this.ids = ids;
    this.marks = new Marks(born);
    this.progress =
        new Progress(
            memory.snapshot().map(Journal.Snapshot::upToMillis).map(Instant::ofEpochMilli),
            words(memory));
    this.topicId = memory.snapshot().map(Journal.Snapshot::topicId);
    this.purged = memory.snapshot().map(Journal.Snapshot::purged);
    this.dirty = memory.snapshot().isEmpty();
    this.heard = clock.instant();
    memory.snapshot().ifPresent(snapshot -> marks.restore(snapshot.marks()));
    for (Journal.Applied applied : memory.applied()) {
      marks.done(applied.stamp());
      ids.ifPresent(recent -> recent.add(applied.id()));
    }
  }

  private static Map<String, Progress.Word> words(Journal.Memory memory) {
    Map<String, Progress.Word> words = new HashMap<>();
    for (Journal.Word word : memory.snapshot().map(Journal.Snapshot::words).orElse(List.of())) {
      words.put(
          word.capture(),
          new Progress.Word(
              Instant.ofEpochMilli(word.upToMillis()), Instant.ofEpochMilli(word.untilMillis())));
    }
    return words;
  }

  private static List<Journal.Word> words(Progress progress) {
    return progress.words().entrySet().stream()
        .map(
            word ->
                new Journal.Word(
                    word.getKey(),
                    word.getValue().upTo().toEpochMilli(),
                    word.getValue().until().toEpochMilli()))
        .toList();
  }

  int partition() {
    return partition;
  }

  /** Takes a record, in the order of the partition. */
  synchronized void accept(Entry entry) {
    if (closed) {
      return;
    }
    window.hold(entry);
    order.add(entry);
    if (entry.decoded instanceof Decoded.Captured captured) {
      marks.seen(captured.stamp(), clock.instant());
      Deque<Entry> queue =
          keys.computeIfAbsent(captured.change().key(), key -> new ArrayDeque<>(2));
      queue.add(entry);
      if (queue.size() == 1) {
        runnable.add(entry);
      }
    } else if (entry.decoded instanceof Decoded.Beat beat) {
      heard = clock.instant();
      marks.last(beat.heartbeat().last(), heard);
      recognise(beat.heartbeat().topicId());
      entry.done = true;
      advance();
    } else {
      runnable.add(entry);
    }
  }

  /** Begins what can be begun. */
  void pump() {
    // One thread pumps; another that comes meanwhile makes it go round once more.
    if (pumps.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      for (Entry entry = next(); entry != null; entry = next()) {
        work.begin(this, entry);
      }
      seen = pumps.addAndGet(-seen);
    } while (seen != 0);
  }

  private synchronized Entry next() {
    while (!closed && !runnable.isEmpty()) {
      Entry entry = runnable.peek();
      if (entry.decoded instanceof Decoded.Captured captured && isDone(captured)) {
        runnable.remove();
        work.duplicate();
        marks.done(captured.stamp());
        dirty = true;
        entry.done = true;
        follow(captured.change());
        advance();
        continue;
      }
      if (!work.isOpen() || !window.start()) {
        return null;
      }
      active++;
      return runnable.remove();
    }
    return null;
  }

  private boolean isDone(Decoded.Captured captured) {
    return marks.isDone(captured.stamp())
        || ids.map(recent -> recent.contains(captured.change().id())).orElse(false);
  }

  /** Takes note that an entry's change is applied or set aside: its key's next one may begin. */
  void release(Entry entry) {
    synchronized (this) {
      if (entry.decoded instanceof Decoded.Captured captured) {
        marks.done(captured.stamp());
        ids.ifPresent(recent -> recent.add(captured.change().id()));
        dirty = true;
        follow(captured.change());
      }
    }
    pump();
  }

  /** Takes note that this is remembered, too: its offset may be committed. */
  void settle(Entry entry) {
    window.end();
    synchronized (this) {
      active--;
      entry.done = true;
      dirty = true;
      advance();
      notifyAll();
    }
    pump();
  }

  /** Takes note that an entry waits to be tried again: nothing of it is under way. */
  synchronized void rest() {
    resting++;
    notifyAll();
  }

  /**
   * Takes note that a resting entry is about to be tried again.
   *
   * @return false if it must not, because the partition is given up: another member may have it
   */
  synchronized boolean wake() {
    resting--;
    if (closed) {
      active--;
      window.end();
    }
    return !closed;
  }

  /** Tells whether the partition is still in this agent's hands. */
  synchronized boolean isOpen() {
    return !closed;
  }

  /** Begins nothing more, and lets nothing that rests be tried again. */
  synchronized void stop() {
    closed = true;
  }

  /**
   * After {@link #stop}, waits until nothing is under way, and lets go of the rest.
   *
   * @param end of the patience, by {@link System#nanoTime}
   */
  synchronized void drain(long end) throws InterruptedException {
    try {
      while (active > resting && System.nanoTime() - end < 0) {
        wait(50);
      }
    } finally {
      order.forEach(window::release);
      order.clear();
    }
  }

  /** Returns what is to be remembered, if anything was done since the last time. */
  synchronized Optional<Journal.Snapshot> snapshot(boolean evenIfIdle) {
    if (!dirty && !evenIfIdle) {
      return Optional.empty();
    }
    dirty = false;
    return Optional.of(
        new Journal.Snapshot(
            Journal.FORMAT,
            front,
            born.toEpochMilli(),
            progress.upTo().map(Instant::toEpochMilli).orElse(null),
            topicId.orElse(null),
            purged.orElse(null),
            words(progress),
            marks.toList()));
  }

  synchronized long front() {
    return front;
  }

  /** Returns when the last heartbeat was read; when this began, if none was. */
  synchronized Instant heard() {
    return heard;
  }

  synchronized Optional<Instant> upTo() {
    return progress.upTo();
  }

  /** Returns how many of the changes that captures have sent to this partition are not done. */
  synchronized long pending(Map<String, long[]> sent) {
    long pending = 0;
    for (Map.Entry<String, long[]> capture : sent.entrySet()) {
      if (partition < capture.getValue().length) {
        long last = capture.getValue()[partition];
        pending += Math.max(0, last - marks.doneCount(capture.getKey()));
      }
    }
    return pending;
  }

  /** Takes note that a snapshot with this offset is durable: it may be committed. */
  synchronized void remembered(long offset) {
    committable = Math.max(committable, offset);
  }

  /** Returns the offset to commit, once; 0 if there is none. */
  synchronized long takeCommittable() {
    long offset = committable;
    committable = 0;
    return offset;
  }

  /** Returns how many changes are known to be missing. */
  synchronized long missing() {
    return marks.missingCount();
  }

  /** Tells whether the origin's topic is another than before. */
  synchronized boolean recreated() {
    return topicId.isPresent() && presentTopicId.isPresent() && !topicId.equals(presentTopicId);
  }

  /** Takes note that records were gone before they were read; the first such reason stays. */
  synchronized void purged(String reason) {
    purged = purged.or(() -> Optional.of(reason));
    dirty = true;
  }

  /** Returns why records were gone before they were read; empty if none were. */
  synchronized Optional<String> purged() {
    return purged;
  }

  /** Lets go of ids that are more than the flow may remember by now. */
  synchronized void trim() {
    ids.ifPresent(RecentIds::trim);
  }

  synchronized void acceptGap() {
    marks.forgetMissing();
    purged = Optional.empty();
    topicId = presentTopicId.or(() -> topicId);
    dirty = true;
  }

  synchronized void forgetBefore(Instant time) {
    marks.forgetBefore(time);
  }

  /** Keeps the first id until an operator accepts another, so that a restart shows it again. */
  private void recognise(String id) {
    presentTopicId = Optional.of(id);
    topicId = topicId.or(() -> presentTopicId);
  }

  private void follow(Change change) {
    Deque<Entry> queue = keys.get(change.key());
    if (queue == null) {
      return;
    }
    queue.poll();
    if (queue.isEmpty()) {
      keys.remove(change.key());
    } else {
      runnable.add(queue.peek());
    }
  }

  private void advance() {
    while (!order.isEmpty() && order.peek().done) {
      Entry entry = order.remove();
      front = entry.message.offset() + 1;
      window.release(entry);
      if (entry.decoded instanceof Decoded.Beat beat) {
        Heartbeat heartbeat = beat.heartbeat();
        Stamp last = heartbeat.last();
        progress.heard(
            Stamp.capture(last.incarnation()),
            heartbeat.sent(),
            heartbeat.upTo(),
            heartbeat.hold(),
            heartbeat.closing());
      }
    }
  }
}
