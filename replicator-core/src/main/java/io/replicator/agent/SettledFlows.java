package io.replicator.agent;

import io.replicator.backfill.Backfill;
import io.replicator.capture.Capture;
import io.replicator.capture.HintIntake;
import io.replicator.config.ResourceConfig;
import io.replicator.config.SettleConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.GroupFeed;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.settle.Inflow;
import io.replicator.settle.Settle;
import io.replicator.spi.HintSink;
import io.replicator.spi.StoreResource.Door;
import io.replicator.wire.Stamp;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Opens the flows of resources whose store gives hints: one station settles all of a resource. */
final class SettledFlows {
  private final Site site;
  private final Targets targets;
  private final Registry registry;

  SettledFlows(Site site, Targets targets, Registry registry) {
    this.site = site;
    this.targets = targets;
    this.registry = registry;
  }

  /** Opens the station that settles a resource, with all its flows. */
  void open(ResourceConfig resource, Door.Hints door, Shares shares) {
    Flow own = new Flow(resource.resource(), site.here());
    Predecessors predecessors = new Predecessors(site, resource.resource());
    Figures figures = new Figures(site.clock());
    Conditions conditions = new Conditions(own.toString());
    Optional<Capture> intake =
        resource.capture()
            ? Optional.of(
                site.capture(
                    Stamp.newCapture(),
                    own,
                    TopicNames.hints(site.here(), resource.resource()),
                    resource,
                    shares,
                    new Figures(site.clock()),
                    conditions.end("hints")))
            : Optional.empty();
    Optional<HintIntake> sink = intake.map(end -> new HintIntake(end, site.clock()));
    Settle settle = station(resource, door, shares, sink.map(HintSink.class::cast));
    Map<Region, Inflow> inflows = new LinkedHashMap<>();
    intake.ifPresent(
        end -> inflows.put(site.here(), settle.add(site.here(), figures, conditions, List::of)));
    Optional<Settle> station = Optional.of(settle);
    for (Region origin : resource.from()) {
      Flow flow = new Flow(resource.resource(), origin);
      Figures theirs = new Figures(site.clock());
      Conditions state = new Conditions(flow.toString());
      Inflow inflow =
          settle.add(
              origin,
              theirs,
              state,
              () -> site.board().numbers().tails(origin, resource.resource()));
      inflows.put(origin, inflow);
      FlowBean.Station end =
          new ApplyFlow(
              flow,
              resource.partitions(),
              false,
              inflow,
              site.board(),
              site.controls(),
              site.retention(),
              site.clock());
      registry.register(
          new OpenFlow(
              resource,
              flow,
              new FlowBean(theirs, state, end, site.clock()),
              state,
              new SettledEnds(
                  inflow,
                  intake.isPresent() ? Optional.empty() : station,
                  Optional.empty(),
                  Optional.empty(),
                  predecessors)),
          new Orders(
              inflow::setPaused,
              inflow::acceptGap,
              order -> {},
              rates -> LoggedFlows.throttle(inflow, resource, rates)));
      station = Optional.empty();
    }
    if (intake.isPresent()) {
      capturing(
          resource,
          door,
          settle,
          intake.get(),
          sink.orElseThrow(),
          inflows,
          predecessors,
          figures,
          conditions);
    }
    settle.start();
    sink.ifPresent(
        it ->
            it.start(
                door,
                new GroupFeed(
                    site.kafka(shares),
                    TopicNames.feedGroup(site.here(), resource.resource()),
                    it.clock())));
  }

  private Settle station(
      ResourceConfig resource, Door.Hints door, Shares shares, Optional<HintSink> sink) {
    SettleConfig config = resource.settle().orElseThrow();
    return new Settle(
        new Settle.Plan(
            resource.resource(),
            site.here(),
            resource.partitions(),
            config.maxDeletes(),
            resource.capture(),
            config.receiveOnly(),
            door.tellsDeletes(),
            resource.onFailure()),
        targets.settleTarget(resource, door),
        sink,
        site.kafka(shares),
        () -> site.topicIds().get(TopicNames.changes(new Flow(resource.resource(), site.here()))),
        () -> site.topicIds().get(TopicNames.ledger(site.here(), resource.resource())),
        site.timer(),
        site.clocks(),
        site.retention(),
        shares.bounds(resource));
  }

  /** Opens the region's own flow of a resource that is settled. */
  private void capturing(
      ResourceConfig resource,
      Door.Hints door,
      Settle settle,
      Capture intake,
      HintIntake sink,
      Map<Region, Inflow> inflows,
      Predecessors predecessors,
      Figures figures,
      Conditions conditions) {
    Flow own = new Flow(resource.resource(), site.here());
    Inflow hints = Objects.requireNonNull(inflows.get(site.here()));
    Backfill backfill =
        new Backfill(
            own,
            Backfill.ofHints(door, sink, site.timer(), site.clocks().steady()),
            site.clocks().steady(),
            order -> hints.holdsFirst(),
            () -> isDrained(resource, inflows),
            order -> site.controls().keep(own, order));
    FlowBean.Station end =
        new HintFlow(own, resource.partitions(), intake, hints, site.controls(), backfill);
    registry.register(
        new OpenFlow(
            resource,
            own,
            new FlowBean(figures, conditions, end, site.clock()),
            conditions,
            new SettledEnds(
                hints,
                Optional.of(settle),
                Optional.of(intake),
                Optional.of(backfill),
                predecessors)),
        new Orders(
            paused -> {
              intake.setPaused(paused);
              hints.setPaused(paused);
            },
            () -> {
              settle.accept();
              intake.acceptGap();
            },
            backfill::told));
  }

  /** Tells whether all that other regions have told of a resource is applied in this region. */
  private boolean isDrained(ResourceConfig resource, Map<Region, Inflow> inflows) {
    return resource.from().stream()
        .allMatch(
            origin ->
                Objects.requireNonNull(inflows.get(origin)).waiting() == 0
                    && site.board()
                        .drained(
                            site.here(),
                            new Flow(resource.resource(), origin),
                            resource.partitions()));
  }
}
