package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import io.replicator.cassandra.NodeDuration;
import io.replicator.cassandra.Selection;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.cassandra.dht.IPartitioner;

/**
 * The link to the node beside which this process runs: a session with it alone, its schema, its
 * directory, and the lock by which no other process captures it. Thread-safe.
 */
final class NodeLink implements AutoCloseable {
  private static final Duration MARKED = Duration.ofMillis(250);
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");
  private static final String LOCK = "replicator-capture.lock";

  /** Everything that is asked of a node at the start. */
  private record Node(UUID id, String partitioner, Map<String, String> settings) {}

  private final InetSocketAddress address;
  private final Supplier<CqlSession> connect;
  private final Path directory;
  private final Optional<Path> cdcDirectory;
  private final Collection<Selection> selections;
  private CqlSession session;
  private FileChannel lockFile;
  private FileLock lock;
  private NodeSchema schema;
  private LogDirectory log;
  private Node node;

  /**
   * @param connect opens a session with the node; blocks
   * @param directory where positions are kept
   * @param cdcDirectory of the node; empty to ask it
   * @param selections of all flows
   */
  NodeLink(
      InetSocketAddress address,
      Supplier<CqlSession> connect,
      Path directory,
      Optional<Path> cdcDirectory,
      Collection<Selection> selections) {
    this.address = address;
    this.connect = connect;
    this.directory = directory;
    this.cdcDirectory = cdcDirectory;
    this.selections = selections;
  }

  /**
   * Connects, reads the schema and takes the lock.
   *
   * @return what tells this node from the others of its ring
   * @throws ReplicationException of kind FATAL if another process holds the lock, BLOCKED if the
   *     node does not answer or has no CDC
   */
  synchronized String claim() throws InterruptedException {
    if (lock == null) {
      open();
    }
    return node.id().toString();
  }

  private void open() throws InterruptedException {
    try {
      if (session == null) {
        session = connect.get();
      }
      node = ask(session);
    } catch (RuntimeException e) {
      throw new ReplicationException(
          Kind.BLOCKED,
          "the Cassandra node at " + address + " does not answer: " + e.getMessage(),
          "start it, or look at stores.cassandra.capture.node, user and password",
          e);
    }
    if (!Boolean.parseBoolean(node.settings().get("cdc_enabled"))) {
      throw new ReplicationException(
          Kind.BLOCKED,
          "the Cassandra node at " + address + " has cdc_enabled: false",
          "set cdc_enabled: true in its cassandra.yaml and restart it",
          null);
    }
    log = new LogDirectory(cdcDirectory.orElse(Path.of(node.settings().get("cdc_raw_directory"))));
    takeLock();
    boolean done = false;
    try {
      IPartitioner partitioner = CassandraClasses.initialize(directory, node.partitioner());
      schema =
          new NodeSchema(
              selections.stream().map(Selection::keyspace).collect(Collectors.toSet()),
              partitioner,
              new SchemaFiles(directory.resolve("schemas"), partitioner));
      schema.refresh(session);
      done = true;
    } catch (IOException | UncheckedIOException e) {
      throw new ReplicationException(
          Kind.FATAL,
          "stores.cassandra.capture.directory: " + directory + " cannot be written: " + e,
          "let the capture's user write there",
          e);
    } finally {
      if (!done) {
        releaseLock();
      }
    }
  }

  private static Node ask(CqlSession session) {
    Row local =
        session
            .execute(SimpleStatement.newInstance("SELECT host_id, partitioner FROM system.local"))
            .one();
    Map<String, String> settings = new HashMap<>();
    for (Row row :
        session.execute(
            SimpleStatement.newInstance("SELECT name, value FROM system_views.settings"))) {
      if (row.getString("value") != null) {
        settings.put(row.getString("name"), row.getString("value"));
      }
    }
    return new Node(local.getUuid("host_id"), local.getString("partitioner"), settings);
  }

  /** Asks the node for the host ids of its ring, its own among them. */
  CompletionStage<Set<String>> members() {
    CqlSession asked = session();
    return hostIds(asked, "system.local")
        .thenCombine(
            hostIds(asked, "system.peers_v2"),
            (own, others) -> {
              own.addAll(others);
              return own;
            });
  }

  private static CompletionStage<Set<String>> hostIds(CqlSession session, String table) {
    // A page holds more nodes than any ring has.
    return session
        .executeAsync(SimpleStatement.newInstance("SELECT host_id FROM " + table))
        .thenApply(
            page -> {
              Set<String> ids = new HashSet<>();
              page.currentPage().forEach(row -> ids.add(String.valueOf(row.getUuid("host_id"))));
              return ids;
            });
  }

  private void takeLock() {
    Path file = log.path().resolve(LOCK);
    try {
      Files.createDirectories(directory);
      lockFile = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      throw new ReplicationException(
          Kind.FATAL,
          "cannot write to " + log.path() + ": " + e,
          "run the capture on the node itself, as a user who may delete there",
          e);
    }
    if (lock == null) {
      releaseLock();
      throw new ReplicationException(
          Kind.FATAL,
          "another process captures the Cassandra node at " + address + " (it holds " + file + ")",
          "run one capture beside each node; stop the other one first",
          null);
    }
  }

  private void releaseLock() {
    try {
      if (lock != null) {
        lock.release();
      }
      if (lockFile != null) {
        lockFile.close();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      lock = null;
      lockFile = null;
    }
  }

  synchronized CqlSession session() {
    return session;
  }

  synchronized NodeSchema schema() {
    return schema;
  }

  synchronized LogDirectory log() {
    return log;
  }

  Path directory() {
    return directory;
  }

  int flows() {
    return selections.size();
  }

  /** Tells whether the node is known to answer. */
  boolean answers() {
    return session().getMetadata().getNodes().values().stream()
        .anyMatch(one -> one.getState() == NodeState.UP && one.getOpenConnections() > 0);
  }

  /**
   * Returns how long after a write its entry stands in a complete section, at most: a node that
   * maps its log into memory completes one ten times a second, another when it syncs.
   */
  synchronized Duration delay() {
    String mode = node.settings().getOrDefault("commitlog_disk_access_mode", "");
    boolean mapped =
        (mode.isEmpty() || mode.equals("mmap") || mode.equals("legacy"))
            && "null".equals(node.settings().getOrDefault("commitlog_compression", "null"));
    Duration sync = NodeDuration.syncPeriod(node.settings()).orElse(Duration.ofSeconds(10));
    return mapped ? MARKED : sync.plus(MARKED);
  }

  /** Returns what tells how long the node's space for CDC lasts. */
  synchronized SpacePace spacePace() {
    return new SpacePace(bytes("cdc_total_space"), bytes("commitlog_segment_size"));
  }

  /** Returns a size of the node's configuration, such as 32MiB; 0 if it does not tell. */
  private long bytes(String name) {
    Matcher size = SIZE.matcher(node.settings().getOrDefault(name, ""));
    if (!size.matches()) {
      return 0;
    }
    long number = Long.parseLong(size.group(1));
    return switch (size.group(2)) {
      case "KiB" -> number << 10;
      case "MiB" -> number << 20;
      case "GiB" -> number << 30;
      default -> number;
    };
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public synchronized void close() {
    releaseLock();
    if (session != null) {
      session.close();
      session = null;
    }
  }
}
