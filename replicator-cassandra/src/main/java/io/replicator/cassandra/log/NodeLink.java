package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import io.replicator.cassandra.NodeAddress;
import io.replicator.cassandra.NodePlace;
import io.replicator.cassandra.Selection;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.cassandra.dht.IPartitioner;

/**
 * The link to the node beside which this process runs: a session with it alone, its schema, its
 * directory, and the lock by which no other process captures it. Thread-safe.
 */
final class NodeLink implements AutoCloseable {
  private static final Duration ASK_AGAIN = Duration.ofMinutes(1);

  private final NodeAddress address;
  private final Supplier<CqlSession> connect;
  private final Path directory;
  private final Optional<Path> cdcDirectory;
  private final Collection<Selection> selections;
  private CqlSession session;
  private NodeLock lock;
  private NodeSchema schema;
  private LogDirectory log;
  private volatile NodeSettings begun;

  /** Those with which the node runs by now. */
  private volatile NodeSettings present;

  /** Held while the node is asked, so that nobody else waits for a node that hangs. */
  private final Object asking = new Object();

  private Instant asked = Instant.EPOCH;
  private long askedInLife;

  /**
   * @param connect opens a session with the node; blocks
   * @param directory where positions are kept
   * @param cdcDirectory of the node; empty to ask it
   * @param selections of all flows
   */
  NodeLink(
      NodeAddress address,
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
   * @throws ReplicationException of kind FATAL if another process holds the lock, or the settings
   *     cannot be of this node; BLOCKED if it does not answer, does not tell its schema or has no
   *     CDC
   */
  synchronized String claim() throws InterruptedException {
    if (lock == null) {
      open();
    }
    return begun.id().toString();
  }

  private void open() throws InterruptedException {
    NodePlace.elsewhere(address, cdcDirectory).ifPresent(NodeLink::refuse);
    try {
      if (session == null) {
        session = connect.get();
      }
      begun = NodeSettings.ask(session);
    } catch (ReplicationException e) {
      throw e; // it answers, and must not be captured
    } catch (RuntimeException e) {
      throw new ReplicationException(
          Kind.BLOCKED,
          "the Cassandra node at " + address + " does not answer: " + e.getMessage(),
          "start it, or look at stores.cassandra.capture.node, user and password",
          e);
    }
    if (!begun.hasCdc()) {
      takeNoteOfLoss();
      throw new ReplicationException(
          Kind.BLOCKED,
          "the Cassandra node at " + address + " has cdc_enabled: false",
          "set cdc_enabled: true in its cassandra.yaml and restart it",
          null);
    }
    present = begun;
    cdcDirectory
        .flatMap(set -> NodePlace.of(set, address, begun.directory(), begun.commitLog()))
        .ifPresent(NodeLink::refuse);
    log = new LogDirectory(cdcDirectory.orElse(Path.of(begun.directory())));
    takeLock();
    boolean done = false;
    try {
      IPartitioner partitioner = CassandraClasses.initialize(directory, begun.partitioner());
      schema =
          new NodeSchema(
              selections.stream().map(Selection::keyspace).collect(Collectors.toSet()),
              partitioner,
              new SchemaFiles(directory.resolve("schemas"), partitioner));
      readSchema();
      done = true;
    } catch (IOException | UncheckedIOException e) {
      throw unwritable(e);
    } finally {
      if (!done) {
        releaseLock();
      }
    }
  }

  private void readSchema() throws InterruptedException {
    try {
      schema.refresh(session);
    } catch (UncheckedIOException e) {
      throw e; // of a file of our own
    } catch (RuntimeException e) {
      throw new ReplicationException(
          Kind.BLOCKED,
          "the Cassandra node at " + address + " does not tell its schema: " + e.getMessage(),
          "look at its log and its load; nothing is lost while the space for CDC lasts",
          e);
    }
  }

  private static void refuse(NodePlace.Refusal why) {
    throw new ReplicationException(
        Kind.FATAL, why.subject() + " " + why.reason(), why.mend(), null);
  }

  /** What is written to a node without CDC is missing in all flows that were captured before. */
  private void takeNoteOfLoss() {
    try {
      PositionFile.degradeAll(
          directory,
          "the Cassandra node at "
              + address
              + " ran with cdc_enabled: false while nobody read it: what was written to it then is"
              + " missing");
    } catch (UncheckedIOException e) {
      throw unwritable(e);
    }
  }

  private ReplicationException unwritable(Exception cause) {
    return new ReplicationException(
        Kind.FATAL,
        "stores.cassandra.capture.directory: " + directory + " cannot be written: " + cause,
        "let the capture's user write there",
        cause);
  }

  /** Asks the node for the host ids of its ring, its own among them. */
  CompletionStage<Map<String, String>> members() {
    CqlSession asked = session();
    return datacenters(asked, "system.local")
        .thenCombine(
            datacenters(asked, "system.peers_v2"),
            (own, others) -> {
              own.putAll(others);
              return own;
            });
  }

  private static CompletionStage<Map<String, String>> datacenters(
      CqlSession session, String table) {
    // A page holds more nodes than any ring has.
    return session
        .executeAsync(SimpleStatement.newInstance("SELECT host_id, data_center FROM " + table))
        .thenApply(
            page -> {
              Map<String, String> places = new HashMap<>();
              page.currentPage()
                  .forEach(
                      row ->
                          places.put(
                              String.valueOf(row.getUuid("host_id")),
                              String.valueOf(row.getString("data_center"))));
              return places;
            });
  }

  private void takeLock() {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw unwritable(e);
    }
    lock = NodeLock.take(address, begun, log.path(), directory);
  }

  private void releaseLock() {
    if (lock != null) {
      lock.close();
      lock = null;
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
   * Tells why the node cannot be captured any more; empty if it can. Asks it again, and blocks for
   * that, where it was not seen to answer meanwhile, since it may have been restarted with other
   * settings; else once a minute.
   *
   * @throws com.datastax.oss.driver.api.core.DriverException if it does not answer
   */
  Optional<NodeSettings.Refusal> refusal(Instant now) {
    synchronized (asking) {
      CqlSession one = session();
      long life = life(one);
      if (life != askedInLife || !now.isBefore(asked.plus(ASK_AGAIN))) {
        present = NodeSettings.ask(one);
        askedInLife = life;
        asked = now;
      }
      return present.refusal(begun);
    }
  }

  /** Returns what changes when the node was seen not to answer and then to answer again. */
  private static long life(CqlSession session) {
    return session.getMetadata().getNodes().values().stream()
        .mapToLong(Node::getUpSinceMillis)
        .max()
        .orElse(-1);
  }

  /** Returns the settings with which the node runs, as it was last asked. */
  NodeSettings settings() {
    return present;
  }

  NodeAddress address() {
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
