package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A compressed segment, on files of a node's form. */
class SegmentFileTest {
  private static final byte[] PARAMETERS =
      "{\"compressionClass\":\"LZ4Compressor\"}".getBytes(UTF_8);
  private static final long ID = 7;
  private static final int SECTION = 64;

  @TempDir private Path directory;

  /** Writes a segment of one section, which says how long its content is once uncompressed. */
  private Path segment(int uncompressed) throws IOException {
    int header = 14 + PARAMETERS.length + 4;
    ByteBuffer bytes = ByteBuffer.allocate(header + SECTION);
    bytes.putInt(8).putLong(ID).putShort((short) PARAMETERS.length).put(PARAMETERS);
    CRC32 crc = new CRC32();
    SegmentFile.update(crc, 8);
    SegmentFile.update(crc, (int) ID);
    SegmentFile.update(crc, (int) (ID >>> 32));
    SegmentFile.update(crc, PARAMETERS.length);
    crc.update(PARAMETERS);
    bytes.putInt((int) crc.getValue());
    CRC32 place = new CRC32();
    SegmentFile.update(place, (int) ID);
    SegmentFile.update(place, (int) (ID >>> 32));
    SegmentFile.update(place, header);
    bytes.putInt(header + SECTION).putInt((int) place.getValue()).putInt(uncompressed);
    return Files.write(directory.resolve("CommitLog-8-" + ID + ".log"), bytes.array());
  }

  @Test
  void aLengthThatCannotBeIsDamageAndNoReasonToStop() throws Exception {
    for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1_000}) {
      try (SegmentFile file = SegmentFile.open(segment(length)).orElseThrow()) {
        assertThat(file.id()).isEqualTo(ID);
        assertThatThrownBy(() -> file.section(0, true))
            .isInstanceOf(DamagedLogException.class)
            .hasMessageContaining("cannot be uncompressed");
      }
    }
  }
}
