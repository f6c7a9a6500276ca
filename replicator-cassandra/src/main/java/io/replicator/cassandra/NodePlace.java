package io.replicator.cassandra;

import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A node's place is this machine, with its log in a folder of its own: nothing in the files tells
 * whose they are, so where the settings cannot be of one and the same node nothing is read.
 */
public final class NodePlace {
  private static final String CDC_RAW = "stores.cassandra.capture.cdc-raw-directory";

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
    if (cdcDirectory.isPresent() || address == null || isLocal(address)) {
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

  private static boolean isLocal(InetAddress address) {
    try {
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException e) {
      throw unknown("this machine's addresses", e);
    }
  }

  /**
   * Tells why a directory cannot be the node's {@code cdc_raw}: it is its commit log, in which a
   * capture must delete nothing.
   *
   * @param directory as it is set
   * @param commitLog {@code commitlog_directory} of the node; null if it does not tell
   */
  public static Optional<Refusal> commitLog(Path directory, String commitLog) {
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

  private static boolean isSame(Path one, Path other) {
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
