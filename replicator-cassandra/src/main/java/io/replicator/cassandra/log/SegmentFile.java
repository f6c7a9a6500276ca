package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.apache.cassandra.config.ParameterizedClass;
import org.apache.cassandra.io.compress.ICompressor;
import org.apache.cassandra.schema.CompressionParams;

/**
 * A segment file is one file of the commit log, read while the node still writes it.
 *
 * <p>It is a header and a chain of sections. Each section begins with a marker of eight bytes,
 * where it ends and a checksum of that, which the node writes once all entries of the section are
 * there. So a section whose marker stands is complete, and is what the node itself would replay
 * after a crash. The layout is that of {@code CommitLogSegment} and {@code CommitLogSegmentReader}
 * of Cassandra 4.0 to 5.0. Used by one thread.
 */
final class SegmentFile implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MARKER = 8;
  private static final int BLOCK = 1 << 16;
  private static final int CHUNK = 1 << 12;
  private static final int FIXED_HEADER = 14;

  /** Of a section: more than any segment holds that a node would be given. */
  private static final int MOST_UNCOMPRESSED = 1 << 30;

  private static final int MESSAGING_40 = 12;
  private static final int MESSAGING_50 = 13;
  private static final int VERSION_40 = 7;
  private static final int VERSION_50 = 8;

  /** A section that is complete; its content is not compressed any more. */
  record Section(int start, int end, ByteBuffer content) {}

  private final Path path;
  private final FileChannel channel;
  private final long id;
  private final int headerSize;
  private final int messagingVersion;
  private final Optional<ICompressor> compressor;

  private SegmentFile(Path path, FileChannel channel, Header header) throws DamagedLogException {
    this.path = path;
    this.channel = channel;
    this.id = header.id();
    this.headerSize = header.size();
    this.messagingVersion =
        switch (header.version()) {
          case VERSION_40 -> MESSAGING_40;
          case VERSION_50 -> MESSAGING_50;
          default ->
              throw new DamagedLogException(
                  path.getFileName()
                      + " is of version "
                      + header.version()
                      + ", and this capture reads Cassandra 4.0 to 5.0");
        };
    this.compressor = compressor(header.parameters());
  }

  private record Header(int version, long id, int size, JsonNode parameters) {}

  /**
   * Opens a segment.
   *
   * @return empty if its header is not written yet
   * @throws DamagedLogException if it is there and cannot be read
   */
  static Optional<SegmentFile> open(Path path) throws IOException, DamagedLogException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    boolean kept = false;
    try {
      Optional<Header> header = header(path, channel);
      if (header.isEmpty()) {
        return Optional.empty();
      }
      SegmentFile file = new SegmentFile(path, channel, header.get());
      kept = true;
      return Optional.of(file);
    } finally {
      if (!kept) {
        channel.close();
      }
    }
  }

  /** Tells whether nothing but zeros stands in a segment. */
  static boolean isBlank(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      for (long at = 0; at < channel.size(); at += BLOCK) {
        if (!isZero(read(channel, at, BLOCK))) {
          return false;
        }
      }
      return true;
    }
  }

  private static Optional<Header> header(Path path, FileChannel channel)
      throws IOException, DamagedLogException {
    ByteBuffer fixed = read(channel, 0, FIXED_HEADER);
    if (fixed.remaining() < FIXED_HEADER || fixed.getInt(0) == 0) {
      return Optional.empty();
    }
    int version = fixed.getInt();
    long id = fixed.getLong();
    int length = fixed.getShort() & 0xFFFF;
    ByteBuffer rest = read(channel, FIXED_HEADER, length + 4);
    if (rest.remaining() < length + 4) {
      return Optional.empty();
    }
    byte[] parameters = new byte[length];
    rest.get(parameters);
    CRC32 crc = new CRC32();
    update(crc, version);
    update(crc, (int) id);
    update(crc, (int) (id >>> 32));
    update(crc, length);
    crc.update(parameters);
    if ((int) crc.getValue() != rest.getInt()) {
      throw new DamagedLogException(path.getFileName() + " has a header with a wrong checksum");
    }
    JsonNode json = JSON.readTree(length == 0 ? "{}" : new String(parameters, UTF_8));
    return Optional.of(new Header(version, id, FIXED_HEADER + length + 4, json));
  }

  private Optional<ICompressor> compressor(JsonNode parameters) throws DamagedLogException {
    if (parameters.has("encCipher")) {
      throw new DamagedLogException(
          path.getFileName() + " is encrypted, which this capture cannot read");
    }
    String name = parameters.path("compressionClass").asText("");
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> options = new HashMap<>();
    parameters
        .path("compressionParameters")
        .properties()
        .forEach(option -> options.put(option.getKey(), option.getValue().asText()));
    return Optional.of(CompressionParams.createCompressor(new ParameterizedClass(name, options)));
  }

  Path path() {
    return path;
  }

  long id() {
    return id;
  }

  int messagingVersion() {
    return messagingVersion;
  }

  /**
   * Reads the section that begins at a place.
   *
   * @param start of a section; 0 for the first
   * @param closed whether the node has done with this segment, so that nothing is under way in it
   * @return empty if no complete section begins there
   * @throws DamagedLogException if what stands there is neither
   */
  Optional<Section> section(int start, boolean closed) throws IOException, DamagedLogException {
    int at = start == 0 ? headerSize : start;
    OptionalInt found = end(at, closed);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    int end = found.getAsInt();
    ByteBuffer content = read(channel, at + MARKER, end - at - MARKER);
    return Optional.of(
        new Section(at, end, compressor.isEmpty() ? content : uncompressed(content, at)));
  }

  /**
   * Tells whether an entry stands behind the sections that are complete: it may be acknowledged
   * already, where the node maps its log into memory, and is complete with its section. The first
   * may stand behind a place that is empty still: who has that may be slow to write its length.
   *
   * @param start of the section that is to come; 0 for the first
   */
  boolean isPending(int start) throws IOException {
    // Looked at many times a second: mostly the length that stands first tells, or the first chunk.
    long at = (long) (start == 0 ? headerSize : start) + MARKER;
    long end = at + BLOCK;
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(Integer.BYTES);
    while (at < end && fill(channel, at, chunk)) {
      at += chunk.position();
      if (!isZero(chunk.flip())) {
        return true;
      }
      chunk.clear().limit((int) Math.min(CHUNK, end - at));
    }
    return false;
  }

  private static boolean isZero(ByteBuffer block) {
    while (block.remaining() >= Long.BYTES) {
      if (block.getLong() != 0) {
        return false;
      }
    }
    while (block.hasRemaining()) {
      if (block.get() != 0) {
        return false;
      }
    }
    return true;
  }

  /** Reads where the section ends whose marker is at a place; as {@link #section}. */
  private OptionalInt end(int at, boolean closed) throws IOException, DamagedLogException {
    ByteBuffer marker = read(channel, at, MARKER);
    if (marker.remaining() < MARKER) {
      return OptionalInt.empty();
    }
    int end = marker.getInt();
    int checksum = marker.getInt();
    if (end == 0 && checksum == 0) {
      return OptionalInt.empty();
    }
    if (checksum != markerChecksum(at)) {
      if (!closed || checksum == 0) {
        return OptionalInt.empty(); // its two halves are not written at once
      }
      throw new DamagedLogException(
          path.getFileName() + " has a section marker with a wrong checksum at " + at);
    }
    if (end < at + MARKER || end > channel.size()) {
      throw new DamagedLogException(
          path.getFileName() + " has a section from " + at + " to " + end + ", beyond its end");
    }
    return OptionalInt.of(end);
  }

  private ByteBuffer uncompressed(ByteBuffer content, int at) throws DamagedLogException {
    try {
      int length = content.getInt();
      if (length < 0 || length > MOST_UNCOMPRESSED) {
        throw new IOException("it is said to have " + length + " bytes");
      }
      byte[] out = new byte[length];
      byte[] in = new byte[content.remaining()];
      content.get(in);
      int size = compressor.orElseThrow().uncompress(in, 0, in.length, out, 0);
      return ByteBuffer.wrap(out, 0, size);
    } catch (IOException | RuntimeException e) {
      throw new DamagedLogException(
          path.getFileName() + " has a section at " + at + " that cannot be uncompressed: " + e);
    }
  }

  private int markerChecksum(int at) {
    CRC32 crc = new CRC32();
    update(crc, (int) id);
    update(crc, (int) (id >>> 32));
    update(crc, at);
    return (int) crc.getValue();
  }

  /** Takes an int into a checksum as Cassandra does: its highest byte first. */
  static void update(CRC32 crc, int value) {
    crc.update(value >>> 24 & 0xFF);
    crc.update(value >>> 16 & 0xFF);
    crc.update(value >>> 8 & 0xFF);
    crc.update(value & 0xFF);
  }

  private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    fill(channel, from, buffer);
    return buffer.flip();
  }

  /** Reads until a buffer is full or the file ends; returns whether there was anything. */
  private static boolean fill(FileChannel channel, long from, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        break;
      }
    }
    return buffer.position() > 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
