package io.replicator.jmx;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** The rule that a file with passwords may be read by its owner and by nobody else. */
final class OwnerOnly {
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private OwnerOnly() {}

  /**
   * @throws IOException if the file is not there, or others may read or write it; the message says
   *     what mends it
   */
  static void require(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "the JMX password file does not exist");
    }
    if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
      throw new FileSystemException(
          file.toString(),
          null,
          "the JMX password file may be read by others than its owner: chmod 600 " + file);
    }
  }
}
