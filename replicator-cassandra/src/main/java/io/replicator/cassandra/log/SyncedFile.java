package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/** A synced file is replaced as a whole: after a crash at any moment it is the old or the new. */
final class SyncedFile {
  private SyncedFile() {}

  /** One of the capture's own files that could not be written; the message names it. */
  static final class Unwritable extends IOException {
    private static final long serialVersionUID = 1;

    Unwritable(Path file, IOException cause) {
      super(file + " cannot be written: " + cause, cause);
    }
  }

  /**
   * Replaces a file, or creates it and its folder; returns when that is on disk.
   *
   * @throws Unwritable if it cannot
   */
  static void replace(Path file, Properties content) throws Unwritable {
    try {
      write(file, content);
    } catch (IOException e) {
      throw new Unwritable(file, e);
    }
  }

  private static void write(Path file, Properties content) throws IOException {
    StringWriter text = new StringWriter();
    content.store(text, null);
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // Which of the two stands under the name is written in the folder.
    try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}
