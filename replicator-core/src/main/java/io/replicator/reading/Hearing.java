package io.replicator.reading;

import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Optional;

/** Hearing says what is wrong on a flow's road when heartbeats stay away. */
public final class Hearing {
  /** What the agents of a flow's origin say of it, by another road than its heartbeats. */
  public enum Origin {
    /** They are heard, and one of them captures it. */
    CAPTURES,
    /** They are heard, and none of them captures it. */
    RUNS,
    /** They are not heard. */
    SILENT
  }

  /**
   * So long after the start, or after the last heartbeat, a partition of a flow is worth a word
   * whose captures number their changes alone: a restart is over by then.
   */
  public static final Duration CAPTURED = Duration.ofSeconds(20);

  /**
   * And one whose changes are told by the owners of its keys: after one was killed, the next waits
   * for the brokers to notice (up to 30 s, which {@code check} warns above), then for what the dead
   * one may have sent to land (some 20 s), and only then says a word in its place.
   */
  public static final Duration SETTLED = Duration.ofSeconds(60);

  private Hearing() {}

  /** Judges a flow that is settled; otherwise as below. */
  public static Optional<Condition> judge(
      Flow flow, String topic, Collection<Reading> readings, Origin origin, Instant now) {
    // Owners that follow each other are heard of by their status meanwhile.
    Duration patience = origin == Origin.SILENT ? CAPTURED : SETTLED;
    return judge(flow, topic, readings, origin, patience, now);
  }

  /**
   * Judges by the partitions in this agent's hands; empty if heartbeats arrive, or if none ever has
   * and nobody says that they should.
   *
   * @param patience how long heartbeats may stay away
   * @param now by the steady clock that readings go by
   */
  public static Optional<Condition> judge(
      Flow flow,
      String topic,
      Collection<Reading> readings,
      Origin origin,
      Duration patience,
      Instant now) {
    Instant limit = now.minus(patience);
    return readings.stream()
        .filter(reading -> reading.heard().isBefore(limit))
        .filter(reading -> origin == Origin.CAPTURES || reading.upTo().isPresent())
        .findFirst()
        .map(reading -> condition(flow, topic, reading, origin));
  }

  private static Condition condition(Flow flow, String topic, Reading reading, Origin origin) {
    return switch (origin) {
      case CAPTURES ->
          blocked(
              "nothing arrives in "
                  + topic
                  + "-"
                  + reading.partition()
                  + ", though "
                  + flow.origin()
                  + " captures it and its status arrives",
              "look whether the mirror takes this topic (mirror.options, permissions), and whether"
                  + " it has as many partitions in "
                  + flow.origin());
      case RUNS ->
          blocked(
              "agents of " + flow.origin() + " run, and none of them captures it now",
              "start there what captures it: an agent with it in its file, or of Cassandra's tables"
                  + " replicator cassandra-capture beside each node; nothing is lost while its source"
                  + " keeps it");
      case SILENT ->
          blocked(
              "nothing has been heard from "
                  + flow.origin()
                  + " since "
                  + reading.heard().truncatedTo(ChronoUnit.SECONDS),
              "look at the mirror from there, and whether that region's agents run; nothing is"
                  + " lost meanwhile");
    };
  }

  private static Condition blocked(String reason, String hint) {
    return new Condition(FlowState.BLOCKED, reason, hint);
  }
}
