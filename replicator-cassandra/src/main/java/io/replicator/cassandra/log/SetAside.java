package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.NavigableMap;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of segments in which something could not be read, for whoever looks into it: one of each,
 * and the last few of all, since each is as large as a segment and whatever damages one may damage
 * every one. Used by one thread; several may share the folder.
 */
final class SetAside {
  private static final Logger LOG = LoggerFactory.getLogger(SetAside.class);

  /** Of the usual size that is a quarter of a gigabyte. */
  static final int MOST = 8;

  private final Path folder;

  /** Damage is met in the order of the log: no segment before the last one comes again. */
  private Path last;

  private boolean copied;

  /**
   * @param folder in which copies are kept
   */
  SetAside(Path folder) {
    this.folder = folder;
  }

  /** Copies a segment unless that was just tried; empty if it could not be copied. */
  Optional<Path> keep(Path segment) {
    Path aside = folder.resolve(segment.getFileName());
    if (!aside.equals(last)) {
      last = aside;
      copied = copy(segment, aside);
    }
    return copied ? Optional.of(aside) : Optional.empty();
  }

  private boolean copy(Path segment, Path aside) {
    try {
      Files.createDirectories(folder);
      Files.copy(segment, aside, StandardCopyOption.REPLACE_EXISTING);
      NavigableMap<Long, Path> kept = new LogDirectory(folder).segments();
      while (kept.size() > MOST) {
        Files.deleteIfExists(kept.pollFirstEntry().getValue());
      }
      return true;
    } catch (IOException e) {
      LOG.warn("{} could not be set aside: {}", segment, e.toString());
      return false;
    }
  }
}
