package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A node's place is this machine, with its log in a folder of its own: nothing in the files tells
 * whose they are, so where the settings cannot be of one and the same node nothing is read.
 */
public final class NodePlace {
  static final String CDC_RAW = "stores.cassandra.capture.cdc-raw-directory";

  private static final Pattern SEGMENT = Pattern.compile("CommitLog-\\d+-\\d+\\.log");

  /** How many host ids of a cluster are told; more help nobody. */
  private static final int SHOWN = 3;

  private NodePlace() {}

  /**
   * Why a node is not captured.
   *
   * @param subject the key with its value
   * @param mend what an operator does
   */
  public record Refusal(String subject, String reason, String mend) {}

  /**
   * Tells why the node that is asked may be another one than the one whose log is read: it answers
   * on another machine, and nobody said that its log is here all the same. Looks its name up, and
   * blocks for that.
   *
   * @param cdcDirectory as it is set; empty to ask the node
   */
  public static Optional<Refusal> elsewhere(NodeAddress node, Optional<Path> cdcDirectory) {
    InetAddress address = node.resolved().getAddress();
    if (cdcDirectory.isPresent() || address == null || isLocal(node)) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            "stores.cassandra.capture.node '" + node + "'",
            "is no address of this machine: the log of this machine's node would be read as that"
                + " one's, and another capture that asks it would speak under the same name",
            "write the address of the node beside each capture, such as 127.0.0.1; where that"
                + " node's own directory is mounted here, say so with "
                + CDC_RAW));
  }

  /**
   * Tells why a node is not of the cluster of the contact points: neither knows a node of the
   * other. Backfills and markers are of that cluster, and the log would be of this one.
   *
   * @param own a session with the node alone
   * @param cluster a session with the contact points' cluster
   */
  static Optional<Refusal> stranger(NodeAddress node, CqlSession own, CqlSession cluster) {
    Set<UUID> others = cluster.getMetadata().getNodes().keySet();
    if (!Collections.disjoint(own.getMetadata().getNodes().keySet(), others)) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            "stores.cassandra.capture.node '" + node + "'",
            "is a node of another cluster, "
                + name(own)
                + ": stores.cassandra.contact-points are of "
                + name(cluster)
                + ", and no node is in both",
            "let capture.node and contact-points be of one and the same cluster, this region's"));
  }

  private static String name(CqlSession session) {
    return session.getMetadata().getClusterName().map(it -> "'" + it + "'").orElse("an unnamed one")
        + " with the host ids "
        + session.getMetadata().getNodes().keySet().stream()
            .map(UUID::toString)
            .sorted()
            .limit(SHOWN)
            .toList();
  }

  /**
   * Tells whether a node's address is one of this machine. Looks its name up, and blocks for it.
   */
  static boolean isLocal(NodeAddress node) {
    InetAddress address = node.resolved().getAddress();
    try {
      return address != null && isOwn(address);
    } catch (IOException e) {
      throw unknown("this machine's addresses", e);
    }
  }

  private static boolean isOwn(InetAddress address) throws IOException {
    return address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || NetworkInterface.getByInetAddress(address) != null;
  }

  /**
   * Tells why a directory cannot be the node's {@code cdc_raw}: it is its commit log, in which a
   * capture must delete nothing, or another node's.
   *
   * @param directory as it is set
   * @param told {@code cdc_raw_directory} of the node; null if it does not tell
   * @param commitLog {@code commitlog_directory} of the node; null if it does not tell
   */
  public static Optional<Refusal> of(
      Path directory, NodeAddress node, String told, String commitLog) {
    return commitLog(directory, commitLog).or(() -> another(directory, node, told));
  }

  private static Optional<Refusal> commitLog(Path directory, String commitLog) {
    if (commitLog == null || !isSame(directory, Path.of(commitLog))) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            CDC_RAW + " '" + directory + "'",
            "is the node's commitlog_directory: a capture deletes what it has read, and what the"
                + " node needs after a crash would be gone",
            "leave the key out, or set it to the node's cdc_raw_directory"));
  }

  /**
   * Two directories that both hold a log, and no segment in common, are of two nodes. Where the
   * node has a file system of its own nothing tells which of them is its, so it is not guessed.
   */
  private static Optional<Refusal> another(Path directory, NodeAddress node, String told) {
    if (told == null || isSame(directory, Path.of(told)) || !areApart(directory, Path.of(told))) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            CDC_RAW + " '" + directory + "'",
            "holds the log of another node: the one at "
                + node
                + " says that its cdc_raw_directory is "
                + told
                + ", which is on this machine and has other segments. What the other node wrote"
                + " would be read under the wrong name, and deleted before its own capture has it",
            "leave the key out, or set stores.cassandra.capture.node to the node whose directory"
                + " that is. If "
                + told
                + " is another node's here (the one at "
                + node
                + " being in a container), run the capture where it is not seen, such as in a"
                + " container, too; if an old node left it there, remove it"));
  }

  private static boolean areApart(Path one, Path other) {
    try {
      List<Path> ones = segments(one);
      if (ones.isEmpty() || segments(other).isEmpty()) {
        return false;
      }
      for (Path segment : ones) {
        Path same = other.resolve(segment.getFileName());
        if (Files.exists(same) && Files.exists(segment) && Files.isSameFile(segment, same)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw unknown("whether " + one + " and " + other + " are of one node", e);
    }
  }

  /** Returns the segments in a directory; none if it is not here, or for other users only. */
  static List<Path> segments(Path directory) throws IOException {
    if (!Files.isDirectory(directory) || !Files.isReadable(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> SEGMENT.matcher(file.getFileName().toString()).matches())
          .toList();
    }
  }

  /** Tells whether two paths lead to one file or directory, or to nothing by one path. */
  public static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.normalize())
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      throw unknown("whether " + one + " is " + other, e);
    }
  }

  private static ReplicationException unknown(String what, IOException e) {
    return new ReplicationException(
        ReplicationException.Kind.BLOCKED,
        "this machine does not tell " + what + ": " + e,
        "look at its rights and its network",
        e);
  }
}
