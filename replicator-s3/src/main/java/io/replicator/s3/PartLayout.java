package io.replicator.s3;

import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * A part layout is how a large body is cut into parts: all of one size but the last.
 *
 * @param exact whether it is the one by which the origin's object was written, so that the ETag
 *     will be the same
 */
record PartLayout(long size, long partSize, boolean exact) {
  private static final long MIB = 1L << 20;
  private static final long LEAST = 5 * MIB;
  private static final long USUAL = 8 * MIB;
  private static final int MOST_PARTS = 10_000;

  /** What clients use by default or are often told to, in MiB, the likelier first. */
  private static final long[] COMMON = {8, 5, 16, 64, 32, 128, 256, 512, 10, 15, 20, 25, 50, 100};

  /** Tells whether so many parts of this size, the last one smaller at most, make up a body. */
  static boolean isOf(long partSize, long size, int parts) {
    return (partSize > 0 && partSize * (parts - 1) < size && size <= partSize * parts)
        || (size == 0 && parts == 1);
  }

  /**
   * Returns the layout for a body: the origin's if it is known and allowed, else one that the
   * number of its parts makes likely, else our own.
   */
  static PartLayout of(Body.Reference body) {
    long size = body.size();
    int parts = Shown.parts(body.etag());
    if (body.partSize().isPresent() && allowed(body.partSize().getAsLong(), size)) {
      return new PartLayout(size, body.partSize().getAsLong(), body.md5());
    }
    OptionalLong likely =
        LongStream.of(COMMON)
            .map(mebibytes -> mebibytes * MIB)
            .filter(bytes -> parts > 0 && isOf(bytes, size, parts))
            .findFirst();
    long own = Math.max(USUAL, (size + MOST_PARTS - 1) / MOST_PARTS);
    return new PartLayout(size, likely.orElse(own), false);
  }

  private static boolean allowed(long partSize, long size) {
    return size <= partSize || (partSize >= LEAST && count(size, partSize) <= MOST_PARTS);
  }

  int count() {
    return (int) count(size, partSize);
  }

  /** Returns where part n begins, from 1 on. */
  long begin(int part) {
    return (part - 1) * partSize;
  }

  /** Returns how long part n is. */
  long length(int part) {
    return Math.min(partSize, size - begin(part));
  }

  private static long count(long size, long partSize) {
    return Math.max(1, (size + partSize - 1) / partSize);
  }
}
