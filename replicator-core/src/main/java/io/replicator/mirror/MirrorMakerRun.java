package io.replicator.mirror;

import io.replicator.model.Region;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.mirror.MirrorMaker;
import org.apache.kafka.connect.mirror.SourceAndTarget;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MirrorMaker run is one MirrorMaker 2 for one peer, from its start to its end. Used by one
 * thread.
 */
final class MirrorMakerRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorMakerRun.class);
  private static final String CONNECTOR = "MirrorSourceConnector";
  private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
  private static final Object START = new Object();

  private final SourceAndTarget flow;
  private final MirrorMaker maker;
  private volatile boolean gaveUp;

  private MirrorMakerRun(SourceAndTarget flow, MirrorMaker maker) {
    this.flow = flow;
    this.maker = maker;
  }

  /**
   * Starts MirrorMaker; both Kafkas should be known to answer, because a start that fails leaves
   * connections open. Blocks for some seconds.
   *
   * @throws org.apache.kafka.common.config.ConfigException if it refuses the properties
   * @throws org.apache.kafka.common.KafkaException if the local Kafka does not answer
   */
  static MirrorMakerRun start(Region source, Region target, Map<String, String> properties) {
    SourceAndTarget flow = new SourceAndTarget(source.name(), target.name());
    // MirrorMaker hooks itself into the end of the process for ever: each run would be kept in
    // memory, and would stop on its own beside our order. One start at a time has the hook taken
    // away.
    synchronized (START) {
      Exit.setShutdownHookAdder((name, hook) -> LOG.debug("{} is not hooked in", name));
      try {
        MirrorMakerRun run =
            new MirrorMakerRun(
                flow,
                new MirrorMaker(
                    MirrorSecrets.hide(flow.toString(), properties), List.of(target.name())));
        HerderExit.watch(flow.toString(), () -> run.gaveUp = true);
        run.maker.start();
        return run;
      } finally {
        Exit.resetShutdownHookAdder();
      }
    }
  }

  /** Returns why the run cannot go on; empty while it may. */
  Optional<String> failure() {
    if (gaveUp) {
      return Optional.of("its worker gave up");
    }
    try {
      ConnectorStateInfo status = maker.connectorStatus(flow, CONNECTOR);
      if (status.connector().state().equals("FAILED")) {
        return Optional.of("its connector failed: " + firstLine(status.connector().trace()));
      }
      return status.tasks().stream()
          .filter(task -> task.state().equals("FAILED"))
          .map(task -> "its task " + task.id() + " failed: " + firstLine(task.trace()))
          .findFirst();
    } catch (NotFoundException e) {
      return Optional.empty(); // not configured yet, or refused: silence will tell
    }
  }

  /** Returns in words what the connector does. */
  String doing() {
    try {
      ConnectorStateInfo status = maker.connectorStatus(flow, CONNECTOR);
      return CONNECTOR
          + " is "
          + status.connector().state()
          + " with "
          + status.tasks().size()
          + " tasks";
    } catch (NotFoundException e) {
      return CONNECTOR
          + " was not accepted: its configuration is invalid, or MirrorMaker cannot"
          + " create its own topics (is topics.replication-factor over the number of brokers?)";
    }
  }

  /** Stops MirrorMaker, and waits for that within limits. */
  @Override
  public void close() {
    Thread stopping = new Thread(maker::stop, "mirror-stop-" + flow.source());
    stopping.setDaemon(true);
    stopping.start();
    try {
      stopping.join(STOP_LIMIT.toMillis());
      if (stopping.isAlive()) {
        LOG.warn(
            "MirrorMaker from {} did not stop within {} s; what is left of it ends with the process",
            flow.source(),
            STOP_LIMIT.toSeconds());
        stopping.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      HerderExit.unwatch(flow.toString());
      MirrorSecrets.forget(flow.toString());
    }
  }

  private static String firstLine(String trace) {
    return trace == null ? "" : trace.lines().findFirst().orElse("");
  }
}
