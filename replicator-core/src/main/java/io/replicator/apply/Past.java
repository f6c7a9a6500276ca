package io.replicator.apply;

import io.replicator.reading.Reading;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The past of a lane: which changes were done, so that one that comes again passes. Guarded by the
 * lane.
 */
final class Past {
  private final Reading reading;
  private final OwnWrites parked;
  private final Optional<RecentIds> ids;

  /** Where each change that was read and is not done stands first; what stands later is a copy. */
  private final Map<Stamp, Long> firsts = new HashMap<>();

  /**
   * @param parked what was found in parking
   * @param ids room for the ids of applied changes, where the store keeps no history
   */
  Past(Reading reading, OwnWrites parked, Journal.Memory memory, Optional<RecentIds> ids) {
    this.reading = reading;
    this.parked = parked;
    this.ids = ids;
    for (Journal.Applied applied : memory.applied()) {
      reading.done(applied.stamp());
      ids.ifPresent(recent -> recent.add(applied.id()));
    }
  }

  /** Takes note that a change of the topic was read. */
  void read(Entry entry, Decoded.Captured captured) {
    reading.seen(captured.stamp(), captured.change().time(), entry.message.offset());
    firsts.putIfAbsent(captured.stamp(), entry.message.offset());
  }

  /**
   * Tells whether a change of the topic passes without being begun: it was parked before this agent
   * had the partition, or was had before.
   *
   * @param duplicate is told of one that was had before
   */
  boolean passes(Entry entry, Decoded.Captured captured, Runnable duplicate) {
    if (parked.takeKnown(entry.message.offset())) {
      return true;
    }
    boolean done = reading.isDone(captured.stamp()) || isApplied(captured);
    if (done) {
      duplicate.run();
    }
    return done;
  }

  /** Tells whether a change that came out of parking was applied before it was ended there. */
  boolean isDone(Ticket ticket, Decoded.Captured captured) {
    return !ticket.isReplay() && isApplied(captured);
  }

  /** Takes note that a change is applied or set aside. */
  void done(Entry entry, Decoded.Captured captured) {
    parked(entry, captured);
    ids.ifPresent(recent -> recent.add(captured.change().id()));
  }

  /**
   * Takes note that a change is seen to elsewhere: it is parked, and not applied yet. A copy says
   * nothing of what it is a copy of: were that done with it, who has the partition next would pass
   * it, and the key would have it where the copy stands, behind what came in between.
   */
  void parked(Entry entry, Decoded.Captured captured) {
    long offset = entry.message.offset();
    if (firsts.getOrDefault(captured.stamp(), offset) >= offset) {
      firsts.remove(captured.stamp());
      reading.done(captured.stamp());
    }
  }

  /** Lets go of ids that are more than the flow may remember by now. */
  void trim() {
    ids.ifPresent(RecentIds::trim);
  }

  private boolean isApplied(Decoded.Captured captured) {
    return ids.map(recent -> recent.contains(captured.change().id())).orElse(false);
  }
}
