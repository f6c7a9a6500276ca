package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.CassandraSettings;
import io.replicator.cassandra.Selection;
import io.replicator.model.Clocks;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource.Door.Claim;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The logs of the node beside this process: the one way into this room. Thread-safe. */
public final class NodeLogs {
  private final NodeLink link;
  private int claims;

  /**
   * @param settings of the store
   * @param connect opens a session with the node alone; blocks
   * @param selections of all flows that are captured
   */
  public NodeLogs(
      CassandraSettings settings, Supplier<CqlSession> connect, Collection<Selection> selections) {
    this.link =
        new NodeLink(
            settings.node(), connect, settings.directory(), settings.cdcDirectory(), selections);
  }

  /**
   * Claims the node, or one more time where it is claimed.
   *
   * @throws ReplicationException as {@link io.replicator.spi.StoreResource.Door.NodeLog#claim} says
   */
  public synchronized Claim claim() {
    String node;
    try {
      node = link.claim();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    claims++;
    return new Claim() {
      private boolean given;

      @Override
      public String node() {
        return node;
      }

      @Override
      public CompletionStage<Map<String, String>> members() {
        return link.members();
      }

      @Override
      public void close() {
        synchronized (NodeLogs.this) {
          if (!given && --claims == 0) {
            link.close();
          }
          given = true;
        }
      }
    };
  }

  /**
   * Begins to read what a flow selects; the node is claimed.
   *
   * @throws ReplicationException of kind FATAL if the flow's table cannot be replicated, or its
   *     position file cannot be read, NEWER if a newer version wrote that; other flows are none the
   *     worse
   */
  public ChangeSource open(String flow, Selection selection, ChangeSink sink) {
    return new LogSource(
            link, flow, selection, sink, new Clocks(sink.clock(), Clocks.system().steady()))
        .start();
  }
}
