package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  @Test
  void anEntryIsSeenWhereverItStandsInTheBlockBehindThatIsEmptyStill() throws Exception {
    Path segment = segment(1);
    int section = 14 + PARAMETERS.length + 4;
    byte[] before = Files.readAllBytes(segment);
    int begin = section + 8;
    for (int place : new int[] {0, 3, 4, 4_099, 4_100, 65_535, 65_536, -1}) {
      byte[] bytes = Arrays.copyOf(Arrays.copyOf(before, begin), begin + 70_000);
      if (place >= 0) {
        bytes[begin + place] = 1;
      }
      Files.write(segment, bytes);
      try (SegmentFile file = SegmentFile.open(segment).orElseThrow()) {
        assertThat(file.isPending(0)).as("at %d", place).isEqualTo(place >= 0 && place < 65_536);
      }
    }
    Files.write(segment, Arrays.copyOf(before, begin));
    try (SegmentFile file = SegmentFile.open(segment).orElseThrow()) {
      assertThat(file.isPending(0)).as("at the end of the file").isFalse();
    }
  }
}
