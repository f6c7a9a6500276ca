package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.NavigableMap;

/** Is told what stands in a node's log, in its order. Called by the thread that reads it. */
interface LogListener {
  /**
   * An entry.
   *
   * @param before where reading would have to begin to read it again
   * @param written when its segment was
   */
  void entry(ByteBuffer entry, int version, Position before, WriteTime written)
      throws InterruptedException, DamagedLogException;

  /** Everything before a position was told. */
  void passed(Position position);

  /** Everything was told that stood in the log at a time. */
  void caughtUp(Position position, Instant before);

  /** Something cannot be read, and is passed over. */
  void damaged(Path segment, DamagedLogException what);

  /** The rest of a section was passed over: any entry may have stood there. */
  void missed();

  /**
   * The segment of the position is gone.
   *
   * @param segments that are there; there may be none
   * @param read whether it was open all the time, and read to its end
   * @return whether something may be lost
   */
  boolean missing(Position position, NavigableMap<Long, Path> segments, boolean read)
      throws IOException;

  /** Tells whether the node is known to run, so that it writes somewhere. */
  boolean writes();

  /**
   * What the node writes stands here again, after nothing of it did for a while.
   *
   * @param wrote whether the node is known to have run meanwhile
   */
  void linkedAgain(boolean wrote) throws IOException;

  /** Something is read again, after the node seemed to write to what stands before. */
  void readsOn();
}
