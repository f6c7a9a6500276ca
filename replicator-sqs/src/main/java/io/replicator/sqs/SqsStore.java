package io.replicator.sqs;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The SQS of one region.
 *
 * <p>Keys of a resource: {@code source}, the queue that is drained into changes, and {@code
 * target}, the queue that other regions' changes are sent to. One of them may be left out. {@code
 * deliver} tells whether this region's changes are sent to the target, too; then both must be
 * there. What would send a message round in circles is refused: a queue that is source and target,
 * of one resource or of two.
 */
final class SqsStore implements Store {
  private final Region region;
  private final SqsClients clients;
  private final Map<QueueName, Resource> sources = new HashMap<>();
  private final Map<QueueName, Resource> targets = new HashMap<>();

  SqsStore(Region region, SqsClients clients) {
    this.region = region;
    this.clients = clients;
  }

  @Override
  public StoreResource configure(Resource resource, Settings settings) {
    Optional<QueueName> source = queue(settings, "source");
    Optional<QueueName> target = queue(settings, "target");
    if (!settings.has("source") && !settings.has("target")) {
      settings.problem(
          "source",
          "is required, or target: name the queue to capture from, the queue to apply to, or both");
    }
    if (!settings.has("source") && settings.has("capture") && settings.flag("capture", true)) {
      settings.problem("capture", "needs a source: name the queue to capture from");
    }
    if (!settings.has("target") && settings.has("from")) {
      settings.problem("from", "needs a target: name the queue to apply to");
    }
    Deliver deliver = settings.choice("deliver", Deliver.class, Deliver.ELSEWHERE);
    if (deliver == Deliver.EVERYWHERE) {
      refuseHalf(settings);
    }
    if (source.isPresent() && target.isPresent()) {
      refuseUnlikePair(settings, source.get(), target.get(), deliver);
    }
    source.ifPresent(name -> claimSource(resource, settings, name));
    target.ifPresent(name -> claimTarget(resource, settings, name));
    clients.expect(source.isPresent(), target.isPresent());
    return new SqsResource(resource, region, source, target, deliver, clients);
  }

  private static Optional<QueueName> queue(Settings settings, String key) {
    Optional<String> text = settings.optionalText(key);
    Optional<String> mend = text.flatMap(QueueName::mend);
    mend.ifPresent(problem -> settings.problem(key, problem));
    return mend.isPresent() ? Optional.empty() : text.map(QueueName::new);
  }

  /** Without either end, or without capture, what is sent would reach nobody here. */
  private static void refuseHalf(Settings settings) {
    for (String key : List.of("source", "target")) {
      if (!settings.has(key)) {
        settings.problem(
            "deliver",
            "needs a "
                + key
                + ": services send to the source, and each region's target gets every message");
      }
    }
    if (settings.has("source") && settings.has("capture") && !settings.flag("capture", true)) {
      settings.problem(
          "capture", "must not be false with deliver: everywhere, or no message arrives anywhere");
    }
  }

  private static void refuseUnlikePair(
      Settings settings, QueueName source, QueueName target, Deliver deliver) {
    if (source.equals(target)) {
      settings.problem(
          "target",
          "must not be the source, too: what is applied would be captured again and go round for"
              + " ever; let source be "
              + (deliver == Deliver.EVERYWHERE
                  ? "a queue of its own that services send to, such as " + like(target, "-in")
                  : "a copy of the traffic, such as " + copyOf(target)));
    } else if (source.fifo() != target.fifo()) {
      settings.problem(
          "target",
          "must be "
              + (source.fifo() ? "a FIFO queue" : "a standard queue")
              + " like the source "
              + source
              + ": groups and their order exist in FIFO queues only");
    }
  }

  private void claimSource(Resource resource, Settings settings, QueueName name) {
    Resource target = targets.get(name);
    Resource other = sources.putIfAbsent(name, resource);
    if (target != null) {
      settings.problem(
          "source",
          "is the target of "
              + target
              + ": what is applied there would be captured here and go round for ever; use a copy"
              + " of the traffic, such as "
              + copyOf(name));
    }
    if (other != null) {
      settings.problem(
          "source",
          "is the source of "
              + other
              + " already, and each would get only some of its messages; use another queue");
    }
  }

  private void claimTarget(Resource resource, Settings settings, QueueName name) {
    targets.putIfAbsent(name, resource);
    Resource source = sources.get(name);
    if (source != null && !source.equals(resource)) {
      settings.problem(
          "target",
          "is the source of "
              + source
              + ": what is applied here would be captured there and go round for ever; let that"
              + " source be a copy of the traffic, such as "
              + copyOf(name));
    }
  }

  private static String copyOf(QueueName name) {
    return like(name, "-replication");
  }

  private static String like(QueueName name, String suffix) {
    return name.fifo() ? name.text().replace(".fifo", suffix + ".fifo") : name + suffix;
  }

  @Override
  public void close() {
    clients.close();
  }
}
