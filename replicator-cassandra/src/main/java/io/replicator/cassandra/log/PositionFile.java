package io.replicator.cassandra.log;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The position file keeps what a flow's capture must not forget: up to where its changes are
 * durable, what proves that nothing was deleted unread up to there, and what it lost. Replaced as a
 * whole, and synced before that. Used by one thread.
 */
final class PositionFile {
  private static final Logger LOG = LoggerFactory.getLogger(PositionFile.class);
  private static final String FORMAT = "format";
  private static final int PRESENT = 1;
  private static final String ENDING = ".properties";

  private final Path file;

  PositionFile(Path directory, String flow) {
    this(directory(directory).resolve(flow.replace('/', '.') + ENDING));
  }

  private PositionFile(Path file) {
    this.file = file;
  }

  /** Returns where those of all flows stand, within what is set for the capture. */
  static Path directory(Path capture) {
    return capture.resolve("positions");
  }

  /**
   * What it holds.
   *
   * @param position up to where changes are durable
   * @param proof the youngest segment up to there that holds changes; 0 if there was none. While it
   *     stands in the node's directory, nothing behind it was deleted unread
   * @param upTo the time before which all that was logged is durable; {@link Handed#NO_TIME} if it
   *     was not known yet
   * @param gap what is missing, in words, one loss a line; empty if nothing is
   */
  record Content(Position position, long proof, Instant upTo, String gap) {
    /** What a flow holds that was never captured. */
    static final Content NONE = new Content(Position.startOf(0), 0, Handed.NO_TIME, "");

    /** Tells whether it holds something else than before, or a time that is so much another. */
    boolean differs(Content before, Duration time) {
      return !new Content(position, proof, before.upTo, gap).equals(before)
          || Duration.between(before.upTo, upTo).abs().compareTo(time) >= 0;
    }
  }

  /**
   * Reads it; empty if there is none.
   *
   * @throws ReplicationException of kind NEWER if a newer version wrote it; FATAL if it holds
   *     something else; BLOCKED if the disk does not give it
   */
  Optional<Content> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Properties properties = new Properties();
      properties.load(new StringReader(Files.readString(file)));
      String format = properties.getProperty(FORMAT, "");
      if (format.isEmpty()) {
        throw unreadable("it has no format", null);
      }
      if (Integer.parseInt(format) > PRESENT) {
        throw newer(format);
      }
      if (Integer.parseInt(format) < PRESENT) {
        throw unreadable("its format is '" + format + "' and not " + PRESENT, null);
      }
      return Optional.of(
          new Content(
              Position.parse(properties.getProperty("position", "")),
              Long.parseLong(properties.getProperty("proof", "0")),
              Instant.ofEpochMilli(Long.parseLong(properties.getProperty("up-to", "0"))),
              properties.getProperty("gap", "")));
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw unreadable(e.getMessage(), e);
    } catch (IOException e) {
      throw new ReplicationException(
          Kind.BLOCKED,
          "the position file " + file + " cannot be read: " + e,
          "look at its rights and its disk (stores.cassandra.capture.directory)",
          e);
    }
  }

  private ReplicationException newer(String format) {
    return new ReplicationException(
        Kind.NEWER,
        "the position file "
            + file
            + " was written by a newer version, in format "
            + format
            + "; this one reads up to "
            + PRESENT,
        "start that version again, or one that is newer still. Other flows go on, and nothing is"
            + " deleted from the log meanwhile, while its space lasts",
        null);
  }

  private ReplicationException unreadable(String why, Exception cause) {
    return new ReplicationException(
        Kind.FATAL,
        "the position file " + file + " is damaged (" + why + ")",
        "put a copy of it back, or remove it, and restart the capture: without it all that stands in the log is read again (what was replicated before"
            + " changes nothing), and what the node deleted until then is not known to be missing:"
            + " send the present state with replicator backfill. Other flows go on, and nothing"
            + " is deleted from the log meanwhile, while its space lasts",
        cause);
  }

  void write(Content content) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(FORMAT, Integer.toString(PRESENT));
    properties.setProperty("position", content.position().toString());
    properties.setProperty("proof", Long.toString(content.proof()));
    properties.setProperty("up-to", Long.toString(content.upTo().toEpochMilli()));
    properties.setProperty("gap", content.gap());
    SyncedFile.replace(file, properties);
  }

  /**
   * Takes note of what is missing in all flows that were captured before; none of them is open. One
   * whose file holds something else refuses to be opened anyway.
   *
   * @throws UncheckedIOException if a file cannot be written
   * @throws ReplicationException of kind BLOCKED if the disk does not give one
   */
  static void degradeAll(Path directory, String gap) {
    Path positions = directory(directory);
    if (!Files.isDirectory(positions)) {
      return;
    }
    try (Stream<Path> files = Files.list(positions)) {
      for (Path one : files.filter(it -> it.toString().endsWith(ENDING)).toList()) {
        new PositionFile(one).degrade(gap);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the positions in " + positions + " cannot be written", e);
    }
  }

  private void degrade(String gap) throws IOException {
    Content content;
    try {
      content = read().orElseThrow();
    } catch (ReplicationException e) {
      if (e.kind() == Kind.BLOCKED) {
        throw e;
      }
      LOG.warn("{}; it is not noted there that {}", e.getMessage(), gap);
      return;
    }
    Losses losses = new Losses(content.gap());
    if (content.position().segment() > 0 && losses.add(gap).isPresent()) {
      write(new Content(content.position(), content.proof(), content.upTo(), losses.kept()));
    }
  }
}
