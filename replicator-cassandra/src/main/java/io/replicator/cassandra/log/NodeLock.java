package io.replicator.cassandra.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.cassandra.NodeAddress;
import io.replicator.cassandra.NodePlace;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock by which one process captures a node, and one reads a directory: files that are locked
 * by whoever does. That of the node stands also where the node itself says that its directory is,
 * so that two captures of it meet though one of them is told of another directory.
 */
final class NodeLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLock.class);
  private static final String NAME = "replicator-capture";
  private static final int LONGEST = 4_096;

  private final String holder;
  private final NodeAddress address;
  private final List<FileChannel> held = new ArrayList<>();

  private NodeLock(NodeAddress address, Path positions) {
    this.address = address;
    this.holder =
        "process %d on %s, since %s, with its positions in %s"
            .formatted(
                ProcessHandle.current().pid(), host(), Instant.now(), positions.toAbsolutePath());
  }

  /**
   * Takes it.
   *
   * @param address of the node
   * @param node as it runs
   * @param log the directory that is read
   * @param positions where this capture keeps them, which tells an operator which one it is
   * @throws ReplicationException of kind FATAL if another process has it, or a file of it cannot be
   *     written
   */
  static NodeLock take(NodeAddress address, NodeSettings node, Path log, Path positions) {
    NodeLock lock = new NodeLock(address, positions);
    boolean done = false;
    try {
      lock.takeIn(log, node);
      done = true;
      return lock;
    } finally {
      if (!done) {
        lock.close();
      }
    }
  }

  private void takeIn(Path log, NodeSettings node) {
    String ofNode = NAME + "-" + node.id() + ".lock";
    try {
      hold(log.resolve(NAME + ".lock"));
      hold(log.resolve(ofNode));
    } catch (NoSuchFileException e) {
      throw new ReplicationException(
          Kind.FATAL,
          "the directory of CDC segments " + log + " does not exist",
          "mount the node's cdc_raw_directory there, or mend or leave out"
              + " stores.cassandra.capture.cdc-raw-directory",
          e);
    } catch (IOException e) {
      throw new ReplicationException(
          Kind.FATAL,
          "cannot write to " + log + ": " + e,
          "run the capture on the node itself, as a user who may delete there; where another user"
              + " left "
              + file(e, log.resolve(ofNode))
              + ", give it to that user, or remove it while no capture runs",
          e);
    }
    Path told = Path.of(node.directory());
    if (Files.isDirectory(told) && !NodePlace.isSame(log, told)) {
      try {
        hold(told.resolve(ofNode));
      } catch (IOException e) {
        // It may be another node's here, where this one has a file system of its own.
        LOG.warn(
            "{}, where the node at {} says that its log is, cannot be written to ({}): another"
                + " capture of it that reads there would not be seen; where another user left {},"
                + " remove it while no capture runs, and restart this one",
            told,
            address,
            e.toString(),
            file(e, told.resolve(ofNode)));
      }
    }
  }

  /** Returns the file that a failure is about. */
  private static String file(IOException failure, Path otherwise) {
    return failure instanceof FileSystemException one && one.getFile() != null
        ? one.getFile()
        : otherwise.toString();
  }

  private void hold(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    held.add(channel);
    boolean free;
    try {
      free = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      free = false; // of this process
    }
    if (!free) {
      throw taken(file, text(channel));
    }
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(holder.getBytes(UTF_8)), 0);
  }

  private ReplicationException taken(Path file, String by) {
    return new ReplicationException(
        Kind.FATAL,
        "another process captures the Cassandra node at "
            + address
            + (by.isEmpty() ? "" : ": " + by)
            + " (it holds "
            + file
            + ")",
        "run one capture beside each node, for all that is replicated of it; stop the other one"
            + " first, or correct stores.cassandra.capture.node if this one is meant for another"
            + " node",
        null);
  }

  private static String text(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
    int length = channel.read(bytes, 0);
    return new String(bytes.array(), 0, Math.max(0, length), UTF_8);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this machine"; // it has no name that it knows itself
    }
  }

  @Override
  public void close() {
    try {
      for (FileChannel channel : held) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      held.clear();
    }
  }
}
