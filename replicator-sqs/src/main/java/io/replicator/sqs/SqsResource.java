package io.replicator.sqs;

import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** A queue as a resource: the one it is captured from, and the one it is applied to. */
final class SqsResource implements StoreResource {
  private final Resource resource;
  private final Region region;
  private final Optional<QueueName> source;
  private final Optional<QueueName> target;
  private final Deliver deliver;
  private final SqsClients clients;

  SqsResource(
      Resource resource,
      Region region,
      Optional<QueueName> source,
      Optional<QueueName> target,
      Deliver deliver,
      SqsClients clients) {
    this.resource = resource;
    this.region = region;
    this.source = source;
    this.target = target;
    this.deliver = deliver;
    this.clients = clients;
  }

  /** A queue forgets what it delivered, so what was applied is remembered for it. */
  @Override
  public Capabilities capabilities() {
    return new Capabilities(false);
  }

  @Override
  public boolean captures() {
    return source.isPresent();
  }

  @Override
  public boolean applies() {
    return target.isPresent();
  }

  @Override
  public boolean appliesOwn() {
    return deliver == Deliver.EVERYWHERE && captures() && applies();
  }

  @Override
  public Door door() {
    return (Door.Changes)
        sink -> {
          Queue queue = new Queue(required(source, "source"), clients.capture());
          SqsSource opened =
              new SqsSource(
                  queue,
                  region,
                  sink,
                  clients.workers(),
                  new Clocks(sink.clock(), Clocks.system().steady()));
          opened.start();
          return opened;
        };
  }

  @Override
  public Applier openApplier(Region origin) {
    Queue queue = new Queue(required(target, "target"), clients.apply());
    return new SqsApplier(queue, origin, clients.workers());
  }

  @Override
  public List<Finding> check(Duration retention) {
    return new QueueCheck(
            source.map(name -> new Queue(name, clients.capture())),
            target.map(name -> new Queue(name, clients.apply())),
            clients.aws(),
            InstantSource.system())
        .findings();
  }

  private QueueName required(Optional<QueueName> queue, String key) {
    return queue.orElseThrow(
        () ->
            new ReplicationException(
                ReplicationException.Kind.FATAL,
                resource + " has no " + key,
                "name the queue under " + key + " of " + resource,
                null));
  }
}
