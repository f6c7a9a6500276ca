package io.replicator.cassandra;

import static io.replicator.cassandra.NodePlace.CDC_RAW;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Tries the directory of a node's segments: that it is there, is the node's, and has room. */
final class SegmentsCheck {
  private static final String SPACE = "disk space of cdc_raw";
  private static final long LEAST_SPACE_MIB = 1_024;

  private final String directory;
  private final boolean isSet;
  private final boolean beside;
  private final Predicate<Path> hidden;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param set as an operator said; empty if the node is asked
   * @param told as the node says; null if it does not tell
   * @param beside whether this runs beside the node, which answers on this machine
   */
  SegmentsCheck(Optional<Path> set, String told, boolean beside) {
    this(set, told, beside, SegmentsCheck::isHidden);
  }

  /**
   * @param hidden whether this user may not see what is in a directory, or whether it is there
   */
  SegmentsCheck(Optional<Path> set, String told, boolean beside, Predicate<Path> hidden) {
    this.directory = set.map(Path::toString).orElse(told);
    this.isSet = set.isPresent();
    this.beside = beside;
    this.hidden = hidden;
  }

  private void add(Level level, String subject, String detail, String mend) {
    findings.add(new Finding(level, subject, detail, mend));
  }

  /**
   * Tries it.
   *
   * @param hasCdc whether the node runs with {@code cdc_enabled: true}
   */
  List<Finding> findings(boolean hasCdc) {
    if (!isSet && !beside) {
      add(
          Level.UNTRIED,
          SPACE,
          "is the business of the machine where the capture runs",
          "run check there, beside each Cassandra node");
      return List.copyOf(findings);
    }
    try {
      if (directory != null && hidden.test(Path.of(directory))) {
        add(
            Level.UNTRIED,
            CDC_RAW + " '" + directory + "'",
            "cannot be read by this user",
            "run check as the capture's user");
        return List.copyOf(findings);
      }
      if (directory == null || !Files.isDirectory(Path.of(directory))) {
        missing();
        return List.copyOf(findings);
      }
      if (hasCdc && NodePlace.segments(Path.of(directory)).isEmpty()) {
        add(
            Level.ERROR,
            CDC_RAW + " '" + directory + "'",
            "holds no segments: a node with cdc_enabled: true links each segment of its log into its"
                + " cdc_raw_directory, so this is another folder, or the volume is not mounted",
            "mount the node's cdc_raw_directory there, or set cdc-raw-directory to where it is");
        return List.copyOf(findings);
      }
      long free = Files.getFileStore(Path.of(directory)).getUsableSpace() >> 20;
      if (free < LEAST_SPACE_MIB) {
        add(
            Level.WARNING,
            SPACE,
            directory + " has " + free + " MiB left",
            "make room: when it is full, Cassandra deletes what was not captured");
      } else {
        add(Level.OK, SPACE, directory + " has " + free + " MiB left", "");
      }
    } catch (IOException e) {
      add(Level.UNTRIED, SPACE, directory + ": " + e, "look at it on the node");
    }
    return List.copyOf(findings);
  }

  /** Tells whether this user may not see what is in a directory, or whether it is there. */
  private static boolean isHidden(Path directory) {
    try {
      return Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()
          && !Files.isReadable(directory);
    } catch (AccessDeniedException e) {
      return true;
    } catch (IOException e) {
      return false; // it is not there, which is told by itself
    }
  }

  private void missing() {
    if (directory == null) {
      add(
          Level.UNTRIED,
          SPACE,
          "the node does not tell its cdc_raw_directory",
          "run check beside each Cassandra node, as a user who may read system_views.settings");
      return;
    }
    add(
        beside ? Level.ERROR : Level.WARNING, // it may be meant for the machine of the node
        isSet ? CDC_RAW + " '" + directory + "'" : CDC_RAW + ", which is not set",
        (isSet
                ? "does not exist on this machine"
                : "is " + directory + " as the node says, which does not exist on this machine")
            + ": a capture refuses to start here",
        isSet
            ? "mount the node's cdc_raw_directory there, or correct or leave out the key"
                + (beside
                    ? ""
                    : "; if no capture is meant for this machine, run check on each node")
            : "set it to where the node's cdc_raw_directory is here");
  }
}
