package io.replicator.cassandra.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The entries of a section, one serialized mutation each: length, checksum of the length, bytes,
 * checksum of both. Used by one thread.
 */
final class Entries {
  /** An entry shorter than this holds no mutation. */
  private static final int LEAST = 10;

  private final String place;
  private final ByteBuffer content;

  /**
   * @param section to read
   * @param from how far it was read already
   */
  Entries(SegmentFile file, SegmentFile.Section section, int from) {
    this.place = file.path().getFileName() + " at " + section.start();
    this.content = section.content().duplicate();
    int begin = content.position();
    this.content.position(Math.min(content.limit(), begin + from));
    this.begin = begin;
  }

  private final int begin;

  /** Returns how far the section is read. */
  int position() {
    return content.position() - begin;
  }

  /**
   * Returns the next entry; empty at the end.
   *
   * @throws DamagedLogException if the rest of the section cannot be read
   */
  Optional<ByteBuffer> next() throws DamagedLogException {
    if (content.remaining() < 12) {
      return Optional.empty();
    }
    int length = content.getInt();
    if (length == 0) {
      content.position(content.limit()); // a segment's unused tail
      return Optional.empty();
    }
    int lengthChecksum = content.getInt();
    CRC32 crc = new CRC32();
    SegmentFile.update(crc, length);
    if (length < LEAST
        || (int) crc.getValue() != lengthChecksum
        || length > content.remaining() - 4) {
      throw new DamagedLogException(
          "the section of " + place + " has an entry with a wrong length after " + position());
    }
    ByteBuffer entry = content.slice(content.position(), length);
    crc.update(entry.duplicate());
    content.position(content.position() + length);
    if ((int) crc.getValue() != content.getInt()) {
      throw new DamagedLogException(
          "the section of " + place + " has an entry with a wrong checksum before " + position());
    }
    return Optional.of(entry);
  }
}
