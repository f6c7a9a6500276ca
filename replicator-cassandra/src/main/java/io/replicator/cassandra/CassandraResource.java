package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.Finding;
import io.replicator.spi.Listing;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A table or a keyspace as a resource. */
final class CassandraResource implements StoreResource {
  private static final int CONNECT_SECONDS = 30;

  private final Resource resource;
  private final Region region;
  private final Selection selection;
  private final CassandraSettings settings;
  private final Sessions sessions;
  private final Supplier<NodeLogs> logs;

  CassandraResource(
      Resource resource,
      Region region,
      Selection selection,
      CassandraSettings settings,
      Sessions sessions,
      Supplier<NodeLogs> logs) {
    this.resource = resource;
    this.region = region;
    this.selection = selection;
    this.settings = settings;
    this.sessions = sessions;
    this.logs = logs;
  }

  /** Every cell has its timestamp: an older one changes nothing, and the same one neither. */
  @Override
  public Capabilities capabilities() {
    return new Capabilities(true);
  }

  @Override
  public Door door() {
    return new Door.NodeLog() {
      @Override
      public Claim claim() {
        return logs.get().claim();
      }

      @Override
      public ChangeSource open(ChangeSink sink) {
        return logs.get().open(new Flow(resource, region).toString(), selection, sink);
      }

      @Override
      public Optional<String> refusal(String part) {
        try {
          Part wanted = Part.parse(part);
          Optional<String> refusal = wanted.refusal(selection);
          return refusal.isPresent() || wanted.table().isEmpty()
              ? refusal
              : TableListing.refusal(CassandraResource.this.session(), wanted.table().get());
        } catch (IllegalArgumentException | ReplicationException e) {
          return Optional.of(e.getMessage());
        }
      }

      @Override
      public Listing list(String part, String after, int rate, ChangeSink sink) {
        return new TableListing(
                CassandraResource.this::session,
                selection,
                part,
                after,
                rate,
                sink,
                InstantSource.system())
            .start();
      }
    };
  }

  @Override
  public Applier openApplier(Region origin) {
    return openApplier(origin, Duration.ZERO);
  }

  @Override
  public Applier openApplier(Region origin, Duration retention) {
    return new CassandraApplier(
        session(),
        sessions.markers(),
        settings,
        new Flow(resource, origin).toString(),
        retention,
        InstantSource.system());
  }

  private CqlSession session() {
    try {
      return sessions.cluster().toCompletableFuture().get(CONNECT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new ReplicationException(
          ReplicationException.Kind.BLOCKED,
          "the Cassandra cluster at "
              + settings.contactPoints()
              + (e instanceof ExecutionException
                  ? DriverFailure.of(" does not answer", e).getMessage()
                  : " does not answer: 30 s went by"),
          "look at its nodes, and at contact-points, datacenter, user and password of"
              + " stores.cassandra; replicator check tells more",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<Finding> check(Duration retention) {
    return new CassandraCheck(
            resource, selection, settings, sessions, captures(), retention, InstantSource.system())
        .findings();
  }
}
