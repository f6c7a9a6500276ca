package io.replicator.check;

import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.mirror.MirrorCheck;
import io.replicator.spi.Finding;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A check tries every endpoint that a configuration names, without changing anything, and reports
 * each result as it comes.
 *
 * <p>Each Kafka and each resource is a part of its own, on a thread of its own, so that all end
 * within a minute whatever is away.
 */
public final class Check {
  private static final Duration LIMIT = Duration.ofSeconds(50);

  private final AgentConfig config;
  private final Plan plan;
  private final List<Part> parts = new ArrayList<>();

  /** What is looked at by itself. */
  private record Part(String subject, Report report, FutureTask<Void> task) {}

  /** A look that may be interrupted. */
  private interface Look {
    void into(Report report) throws InterruptedException;
  }

  private Check(AgentConfig config) {
    this.config = config;
    this.plan = new Plan(config);
  }

  /** Runs the check, and closes what the configuration owns. Blocks, a minute at most. */
  public static void run(AgentConfig config, Consumer<Finding> findings) {
    run(config, LIMIT, findings);
  }

  static void run(AgentConfig config, Duration limit, Consumer<Finding> findings) {
    try {
      Check check = new Check(config);
      check.begin();
      check.finish(limit, findings);
    } finally {
      config.stores().forEach(store -> store.store().close());
    }
  }

  private void begin() {
    begin(Cluster.local(config));
    for (PeerConfig peer : config.peers().values()) {
      begin(Cluster.of(peer));
    }
    begin("mirror", report -> MirrorCheck.run(config, report::add));
    for (ResourceConfig resource : config.resources()) {
      begin(
          resource.resource().toString(),
          report -> resource.endpoint().check(config.topics().retention()).forEach(report::add));
    }
  }

  private void begin(Cluster cluster) {
    begin(
        cluster.toString(),
        report -> {
          if (new ClusterCheck(cluster, config, report).run()) {
            look(cluster, report);
          }
        });
  }

  private void look(Cluster cluster, Report report) throws InterruptedException {
    if (cluster.local()) {
      new GroupCheck(cluster, plan.copartitions(), report).run();
    }
    List<Plan.Topic> topics = plan.topics(cluster);
    short replicas = config.topics().replicationFactor();
    Survey survey = Survey.of(cluster, topics, replicas);
    new TopicCheck(cluster, replicas, survey, report).run(topics);
    new AclCheck(cluster, survey, report).run(topics, plan.coordinated(cluster));
    new ClockCheck(cluster, InstantSource.system(), report).run();
  }

  private void begin(String subject, Look look) {
    Report report = new Report();
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              look.into(report);
              return null;
            });
    parts.add(new Part(subject, report, task));
    Thread thread = new Thread(task, "check " + subject);
    thread.setDaemon(true);
    thread.start();
  }

  private void finish(Duration limit, Consumer<Finding> findings) {
    long end = System.nanoTime() + limit.toNanos();
    Set<Finding> told = new HashSet<>();
    for (Part part : parts) {
      await(part, end, limit);
      part.report().findings().stream().filter(told::add).forEach(findings);
    }
  }

  private static void await(Part part, long end, Duration limit) {
    try {
      part.task().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      part.task().cancel(true);
      part.report()
          .error(
              part.subject(),
              "was not looked at to the end within " + limit.toSeconds() + " s",
              "see whether it answers, and check again");
    } catch (ExecutionException e) {
      part.report()
          .error(
              part.subject(),
              "could not be looked at to the end: " + e.getCause(),
              "see whether it answers, and check again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
