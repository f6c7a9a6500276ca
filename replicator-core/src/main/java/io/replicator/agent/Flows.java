package io.replicator.agent;

import io.replicator.backfill.Order;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Resource;
import io.replicator.reading.Hearing;
import io.replicator.reading.Throttle;
import io.replicator.spi.StoreResource.Door;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The flows of one agent: each opened with its figures, its conditions and its bean. */
final class Flows implements AutoCloseable {
  private final Site site;
  private final Beans beans;
  private final Targets targets;
  private final LoggedFlows logged;
  private final SettledFlows settled;
  private volatile Shares shares;

  /** What is last said of the captures that were closed. */
  private final LastWords ended;

  /** Read once a second while a reload may change it. */
  private final List<OpenFlow> flows = new CopyOnWriteArrayList<>();

  /**
   * @param shares what each may take of the memory
   */
  Flows(Site site, Beans beans, Shares shares) {
    this.site = site;
    this.beans = beans;
    this.shares = shares;
    this.ended = new LastWords(site.clocks().steady(), site.retention());
    this.targets = new Targets(beans, site.timer(), site.clock());
    this.logged = new LoggedFlows(site, targets, this::register);
    this.settled = new SettledFlows(site, targets, this::register);
  }

  /**
   * Returns the flows of a process, which close with the rest of it: then it says its last words.
   *
   * @param agent who says them
   */
  static Flows within(Opened opened, Site site, Beans beans, Shares shares, String agent) {
    Flows flows = new Flows(site, beans, shares);
    opened.keep(() -> site.board().publishLast(flows.farewell(agent)));
    return opened.keep(flows);
  }

  /** Opens the flows that a resource has in this region. */
  void open(ResourceConfig resource) {
    ended.forget(resource.resource());
    if (resource.endpoint().door() instanceof Door.Hints door) {
      settled.open(resource, door, shares);
    } else {
      logged.open(resource, shares);
    }
  }

  /**
   * Opens the capturing end of a resource whose log is read beside a node.
   *
   * @param jmx where this process is reached, as {@code --jmx} takes it; empty if nowhere
   */
  Capture openBeside(ResourceConfig resource, String node, Optional<String> jmx) {
    return logged.openBeside(resource, node, jmx, shares);
  }

  /** Tells whether a resource is captured by a process beside each node, and by no agent. */
  static boolean isNodeLog(ResourceConfig resource) {
    return resource.endpoint().captures() && resource.endpoint().door() instanceof Door.NodeLog;
  }

  private static Condition held(Flow flow) {
    return new Condition(FlowState.PAUSED, "an operator paused it", "replicator resume " + flow);
  }

  private void register(OpenFlow open, Orders orders) {
    beans.register(FlowBean.objectName(open.flow()), open.bean());
    flows.add(open);
    site.controls()
        .listen(
            open.flow(),
            new Controls.Listener() {
              @Override
              public Optional<String> node() {
                return orders.node();
              }

              @Override
              public void paused(boolean paused) {
                orders.pause().accept(paused);
                open.conditions().set("paused", paused ? held(open.flow()) : Condition.RUNNING);
              }

              @Override
              public void acceptGap() {
                orders.acceptGap().run();
              }

              @Override
              public void throttled(Optional<Throttle.Rates> rates) {
                orders.throttle().accept(rates);
              }

              @Override
              public void backfill(Order order) {
                orders.backfill().accept(order);
              }
            });
  }

  /**
   * Looks in all flows that are applied whether their origins' heartbeats arrive, and goes on with
   * backfills.
   */
  void watch() {
    for (OpenFlow open : flows) {
      open.ends().watch(origin(open.flow()));
    }
  }

  private Hearing.Origin origin(Flow flow) {
    if (!site.board().hears(flow.origin())) {
      return Hearing.Origin.SILENT;
    }
    return site.board().captures(flow.origin(), flow.resource()).isEmpty()
        ? Hearing.Origin.RUNS
        : Hearing.Origin.CAPTURES;
  }

  /** Shows in all flows whether the local Kafka answers. */
  void show(Condition kafka) {
    flows.forEach(flow -> flow.conditions().set("local-kafka", kafka));
  }

  /** Returns what this agent has to say of itself. */
  Status status(String agent, Map<String, Long> ages) {
    Map<String, Status.CaptureStatus> captures = new HashMap<>();
    List<Status.FlowStatus> states = new ArrayList<>();
    for (OpenFlow open : flows) {
      open.ends().captured().ifPresent(it -> captures.put(open.flow().resource().toString(), it));
      FlowBean bean = open.bean();
      states.add(
          new Status.FlowStatus(
              open.flow().toString(),
              bean.getRole(),
              bean.getState(),
              open.conditions().present().reason(), // nobody reads it yet
              bean.getLagMillis(),
              bean.getPendingChanges(),
              bean.getPartitions()));
    }
    return new Status(
        Status.FORMAT,
        site.here().name(),
        agent,
        site.clock().instant().toEpochMilli(),
        captures,
        states,
        ages);
  }

  /**
   * Returns, once all is closed, what is last to be said of the captures: no reader can tell by
   * anything else that the last changes of one never came.
   */
  Status farewell(String agent) {
    return new Status(
        Status.FORMAT,
        site.here().name(),
        agent,
        site.clock().instant().toEpochMilli(),
        ended.all(),
        List.of(),
        Map.of());
  }

  /**
   * Gives every open flow a new share of the memory, and those that are opened from now on. What
   * the consumers of those that stay open fetch at once is as it was.
   */
  void share(Shares anew) {
    shares = anew;
    flows.forEach(flow -> flow.ends().share(anew, flow.config()));
  }

  /** Closes all ends of some resources, and leaves nothing of them behind. */
  void close(Collection<Resource> resources) {
    List<OpenFlow> closed =
        flows.stream().filter(flow -> resources.contains(flow.flow().resource())).toList();
    closeAll(closed, Ends::handOver);
    noteLastWords(closed);
  }

  @Override
  public void close() {
    List<OpenFlow> all = List.copyOf(flows);
    closeAll(all, Ends::close);
    noteLastWords(all);
  }

  private void noteLastWords(List<OpenFlow> closed) {
    for (OpenFlow flow : closed) {
      flow.ends().captured().ifPresent(last -> noteLastWord(flow.flow().resource(), last));
    }
  }

  private void noteLastWord(Resource resource, Status.CaptureStatus last) {
    ended.note(resource, last);
    site.board().numbers().noteClosed(site.here(), resource, last);
  }

  /** Closes all at once: each may have to wait for its store, or for Kafka. */
  private void closeAll(List<OpenFlow> closed, Consumer<Ends> how) {
    List<Thread> closing = new ArrayList<>();
    for (OpenFlow flow : closed) {
      site.controls().forget(flow.flow());
      Thread thread =
          new Thread(
              () -> Opened.closeOne(() -> how.accept(flow.ends())), "closing-" + flow.flow());
      thread.start();
      closing.add(thread);
    }
    for (Thread thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    for (OpenFlow flow : closed) {
      flows.remove(flow);
      beans.unregister(FlowBean.objectName(flow.flow()));
      targets.close(flow.flow().resource());
    }
  }
}
