package io.replicator.agent;

import io.replicator.breaker.Breaker;
import io.replicator.breaker.GuardedApplier;
import io.replicator.breaker.GuardedBodies;
import io.replicator.breaker.GuardedSettleTarget;
import io.replicator.breaker.Terms;
import io.replicator.config.BreakerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.jmx.TargetBean;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The targets of an agent: for each resource that is applied here one breaker, shared by all its
 * origins, with a bean; and one for each region from which its bodies may have to be fetched.
 */
final class Targets {
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /** What was opened for one target. */
  private record Open(String bean, Breaker breaker, Timer.Handle sweep) {}

  private final Beans beans;
  private final Timer timer;
  private final InstantSource clock;
  private final Map<Resource, Map<String, Open>> open = new HashMap<>();

  Targets(Beans beans, Timer timer, InstantSource clock) {
    this.beans = beans;
    this.timer = timer;
    this.clock = clock;
  }

  /**
   * Returns what opens the end of a resource that applies an origin's changes, guarded.
   *
   * @param retention of the topics
   */
  Supplier<Applier> applier(ResourceConfig config, Region origin, Duration retention) {
    Breaker breaker = breaker(config, Optional.empty());
    return () -> new GuardedApplier(config.endpoint().openApplier(origin, retention), breaker);
  }

  /** Returns what opens the end on which a resource is settled, guarded. */
  Supplier<SettleTarget> settleTarget(ResourceConfig config, Door.Hints door) {
    Breaker breaker = breaker(config, Optional.empty());
    Map<Region, Breaker> sources = new HashMap<>();
    config.from().forEach(origin -> sources.put(origin, breaker(config, Optional.of(origin))));
    return () -> new GuardedSettleTarget(door.openTarget(new GuardedBodies(sources)), breaker);
  }

  /** Lets go of what was opened for a resource. */
  synchronized void close(Resource resource) {
    Map<String, Open> targets = open.remove(resource);
    if (targets != null) {
      targets
          .values()
          .forEach(
              target -> {
                target.sweep().cancel();
                beans.unregister(target.bean());
              });
    }
  }

  private synchronized Breaker breaker(ResourceConfig config, Optional<Region> bodies) {
    Resource resource = config.resource();
    String bean = TargetBean.objectName(resource, bodies);
    return open.computeIfAbsent(resource, any -> new TreeMap<>())
        .computeIfAbsent(bean, any -> open(bean, name(resource, bodies), terms(config.breaker())))
        .breaker();
  }

  private Open open(String bean, String name, Terms terms) {
    Breaker breaker = new Breaker(name, bean, terms);
    beans.register(bean, new TargetBean(name, breaker, clock));
    return new Open(bean, breaker, timer.every(SWEEP, breaker::sweep));
  }

  private static String name(Resource resource, Optional<Region> bodies) {
    return bodies
        .map(region -> "the bodies of " + resource + " in " + region)
        .orElse("" + resource);
  }

  private static Terms terms(BreakerConfig config) {
    return new Terms(
        config.failureRate(),
        config.slowCallRate(),
        config.slowCall(),
        config.minimumCalls(),
        config.openFor());
  }
}
