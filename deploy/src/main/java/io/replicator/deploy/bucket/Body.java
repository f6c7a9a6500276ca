package io.replicator.deploy.bucket;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A body is what a client has sent, whole: a small one in memory, a larger one in a file. So nobody
 * holds a key's lock while a slow client is sending.
 */
final class Body implements AutoCloseable {
  private static final int LARGEST_IN_MEMORY = 256 * 1024;

  private final byte[] bytes;
  private final Path file;

  private Body(byte[] bytes, Path file) {
    this.bytes = bytes;
    this.file = file;
  }

  /**
   * Reads a stream to its end.
   *
   * @param folder where a large one is kept until it is closed
   * @throws IOException what the stream throws
   */
  static Body read(InputStream stream, Path folder) throws IOException {
    byte[] start = stream.readNBytes(LARGEST_IN_MEMORY);
    if (start.length < LARGEST_IN_MEMORY) {
      return new Body(start, null);
    }
    Path file = Files.createTempFile(folder, "body-", "");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(start);
      stream.transferTo(out);
    } catch (IOException | RuntimeException e) {
      Files.delete(file);
      throw e;
    }
    return new Body(null, file);
  }

  boolean isEmpty() {
    return file == null && bytes.length == 0;
  }

  InputStream open() throws IOException {
    return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      Files.delete(file);
    }
  }
}
