package io.replicator.mirror;

import io.replicator.kafka.Denial;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Instant;

/** The troubles that a mirror can meet, each with its reason and what mends it. */
final class Trouble {
  private Trouble() {}

  static Condition blocked(String reason, String hint) {
    return new Condition(FlowState.BLOCKED, reason, hint);
  }

  static Condition unreachable(Region peer, String servers, Exception why) {
    return unreachable(
        "the Kafka of " + peer + " (" + servers + ")",
        "peers." + peer + ".kafka",
        why,
        "check the link to " + peer + " and its brokers; the mirror goes on by itself");
  }

  static Condition localUnreachable(String servers, Exception why) {
    return unreachable(
        "the local Kafka (" + servers + ")",
        "kafka",
        why,
        "check the local brokers; the mirror goes on by itself");
  }

  private static Condition unreachable(String kafka, String section, Exception why, String hint) {
    return Denial.of(section, why)
        .map(denial -> blocked(kafka + ": " + denial.reason(), denial.mend()))
        .orElseGet(() -> blocked(kafka + " does not answer: " + PeerProbe.reason(why), hint));
  }

  static Condition noHeartbeats(Region peer, String topic) {
    return blocked(
        "the Kafka of " + peer + " answers, but has no heartbeats in " + topic,
        "start the agent in "
            + peer
            + ", and check that peers."
            + peer
            + ".kafka is the Kafka of that region");
  }

  static Condition silentAgent(Region peer, Instant last) {
    return blocked(
        "the Kafka of "
            + peer
            + " answers, but no agent has written a heartbeat there since "
            + last,
        "start the agent in " + peer);
  }

  static Condition mirrorsNothing(Region peer, String detail) {
    return blocked(
        "the agents of " + peer + " write heartbeats there, but the mirror brings none: " + detail,
        "check that mirror.options leave the topics replicator."
            + peer
            + ".* in, and read MirrorMaker's lines in the log");
  }

  static Condition externalMirrorsNothing(Region peer) {
    return blocked(
        "the agents of " + peer + " write heartbeats there, but the external mirror brings none",
        "see that it runs: 'replicator mirror', or the MirrorMaker 2 that carries "
            + TopicNames.mirrored(peer)
            + " in its place; 'replicator check' prints what that must be told");
  }

  static Condition stopped(String why, String again) {
    return blocked(
        "MirrorMaker failed and is started again in " + again + ": " + why,
        "read MirrorMaker's lines in the log before this time");
  }

  static Condition unwatched(String why) {
    return blocked(
        "the external mirror cannot be watched: " + why,
        "read the agent's lines in the log at this time; watching goes on");
  }

  static Condition stranger(ReplicationException mismatch) {
    return new Condition(FlowState.FAILED, mismatch.getMessage(), mismatch.hint());
  }

  static Condition refused(String why) {
    return new Condition(
        FlowState.FAILED,
        "MirrorMaker refuses its configuration: " + why,
        "mend mirror.options and start this process again");
  }
}
