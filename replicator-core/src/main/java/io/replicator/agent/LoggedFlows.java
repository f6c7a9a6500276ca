package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.apply.DeadLetters;
import io.replicator.backfill.Backfill;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.reading.Applied;
import io.replicator.reading.Throttle;
import io.replicator.spi.StoreResource.Door;
import io.replicator.wire.Stamp;
import java.util.Optional;

/** Opens the flows of resources whose store has a log of its own: captured here, or applied. */
final class LoggedFlows {
  private final Site site;
  private final Targets targets;
  private final Registry registry;
  private final DeadLetters deadLetters;

  LoggedFlows(Site site, Targets targets, Registry registry) {
    this.site = site;
    this.targets = targets;
    this.registry = registry;
    this.deadLetters =
        new DeadLetters(TopicNames.deadLetters(site.here()), site.local(), site.clock());
  }

  /** Opens the flows that a resource has in this region. */
  void open(ResourceConfig resource, Shares shares) {
    boolean captured = resource.capture() && !Flows.isNodeLog(resource);
    if (captured && !resource.from().contains(site.here())) {
      open(new Flow(resource.resource(), site.here()), resource, shares);
    }
    for (Region origin : resource.from()) {
      open(new Flow(resource.resource(), origin), resource, shares);
    }
  }

  /** Opens the capturing end of a resource whose log is read beside a node, as Flows says. */
  Capture openBeside(ResourceConfig resource, String node, Optional<String> jmx, Shares shares) {
    Flow flow = new Flow(resource.resource(), site.here());
    Predecessors predecessors = new Predecessors(site, resource.resource());
    Figures figures = new Figures(site.clock());
    Conditions conditions = Conditions.reachedAt(flow.toString(), jmx);
    Capture capture =
        site.capture(
            node,
            flow,
            TopicNames.changes(flow),
            resource,
            shares,
            figures,
            conditions.end("capture"));
    Door.NodeLog door = (Door.NodeLog) resource.endpoint().door();
    Backfill backfill =
        new Backfill(
            flow,
            Backfill.ofChanges(door, capture),
            site.clocks().steady(),
            order -> order.by().equals(node),
            () -> true,
            order -> site.controls().keep(flow, order));
    registry.register(
        new OpenFlow(
            resource,
            flow,
            new FlowBean(
                figures,
                conditions,
                new NodeFlow(
                    new CaptureFlow(flow, capture, Optional.of(node), site.controls()),
                    node,
                    door,
                    site.controls(),
                    backfill),
                site.clock()),
            conditions,
            new LoggedEnds(
                Optional.of(capture), Optional.empty(), Optional.of(backfill), predecessors)),
        new Orders(
            capture::setPaused,
            capture::acceptGap,
            backfill::told,
            rates -> {},
            Optional.of(node)));
    capture.start(door);
    return capture;
  }

  /** Opens the ends that a flow has here: one, or both where a region applies its own changes. */
  private void open(Flow flow, ResourceConfig resource, Shares shares) {
    Predecessors predecessors = new Predecessors(site, resource.resource());
    Figures figures = new Figures(site.clock());
    Conditions conditions = new Conditions(flow.toString());
    Optional<Capture> capture = Optional.empty();
    Optional<Apply> apply = Optional.empty();
    if (flow.origin().equals(site.here())) {
      capture =
          Optional.of(
              site.capture(
                  Stamp.newCapture(),
                  flow,
                  TopicNames.changes(flow),
                  resource,
                  shares,
                  figures,
                  conditions.end("capture")));
    }
    if (resource.from().contains(flow.origin())) {
      apply = Optional.of(apply(flow, resource, shares, figures, conditions.end("apply")));
    }
    Optional<Capture> capturing = capture;
    Optional<Apply> applying = apply;
    registry.register(
        new OpenFlow(
            resource,
            flow,
            new FlowBean(
                figures, conditions, station(flow, resource, capture, apply), site.clock()),
            conditions,
            new LoggedEnds(capture, apply, Optional.empty(), predecessors)),
        new Orders(
            paused -> {
              capturing.ifPresent(end -> end.setPaused(paused));
              applying.ifPresent(end -> end.setPaused(paused));
            },
            () -> {
              capturing.ifPresent(Capture::acceptGap);
              applying.ifPresent(Apply::acceptGap);
            },
            order -> {},
            rates -> applying.ifPresent(end -> throttle(end, resource, rates))));
    capture.ifPresent(end -> end.start((Door.Changes) resource.endpoint().door()));
    apply.ifPresent(Apply::start);
  }

  static void throttle(Applied end, ResourceConfig resource, Optional<Throttle.Rates> rates) {
    end.throttle()
        .set(
            rates.orElseGet(
                () ->
                    new Throttle.Rates(
                        resource.throttle().changes(), resource.throttle().bytes())));
  }

  private Apply apply(
      Flow flow, ResourceConfig resource, Shares shares, Figures figures, Conditions conditions) {
    return new Apply(
        flow,
        site.here(),
        targets.applier(resource, flow.origin(), site.retention()),
        resource.endpoint().capabilities().keepsHistory(),
        site.kafka(shares),
        site.local(),
        deadLetters,
        site.timer(),
        site.clocks(),
        site.retention(),
        resource.onFailure(),
        shares.bounds(resource),
        () -> site.board().numbers().tails(flow.origin(), flow.resource()),
        figures,
        conditions);
  }

  private FlowBean.Station station(
      Flow flow, ResourceConfig resource, Optional<Capture> capture, Optional<Apply> apply) {
    // What was captured is not replicated yet: where both ends are here, the last one tells.
    return apply.isPresent()
        ? new ApplyFlow(
            flow,
            resource.partitions(),
            capture.isPresent(),
            apply.get(),
            site.board(),
            site.controls(),
            site.retention(),
            site.clock())
        : new CaptureFlow(flow, capture.orElseThrow(), Optional.empty(), site.controls());
  }
}
