package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.spi.StoreResource.Door;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ring is the store's nodes as the captures beside them see it: each makes itself known, and
 * says the last word for those whose nodes have left, which would hold back replicated-up-to for as
 * long as their words count. Several may say it: the second is of no consequence. A node beside
 * which no capture ever was is nobody's word: each says that it is missing.
 */
final class Ring {
  private static final Logger LOG = LoggerFactory.getLogger(Ring.class);

  private final Door.Claim claim;
  private final Map<Flow, Capture> captures;
  private final Controls controls;
  private final StatusBoard board;
  private final InstantSource clock;
  private final Map<Flow, Departures> departures = new ConcurrentHashMap<>();
  private final Map<Flow, Uncaptured> uncaptured = new ConcurrentHashMap<>();

  /**
   * @param claim of the own node
   * @param captures beside it, by flow
   */
  Ring(
      Door.Claim claim,
      Map<Flow, Capture> captures,
      Controls controls,
      StatusBoard board,
      InstantSource clock) {
    this.claim = claim;
    this.captures = Map.copyOf(captures);
    this.controls = controls;
    this.board = board;
    this.clock = clock;
  }

  /** Looks who is there. Called now and then; blocks nowhere. */
  @SuppressWarnings("FutureReturnValueIgnored") // the next look follows, whatever comes of this one
  void look() {
    claim
        .members()
        .whenComplete(
            (members, failure) -> {
              if (failure == null) {
                captures.forEach((flow, capture) -> look(flow, capture, members));
              } else {
                LOG.debug("the node does not tell who is in its ring: {}", failure.toString());
              }
            });
  }

  private synchronized void look(Flow flow, Capture capture, Map<String, String> members) {
    Set<String> known = controls.nodes(flow);
    if (!known.contains(claim.node())) {
      controls.keep(flow, claim.node(), true);
    }
    List<String> missing =
        uncaptured
            .computeIfAbsent(flow, first -> new Uncaptured(claim.node()))
            .look(known, members, clock.instant());
    capture.setRing(missing.isEmpty() ? Condition.RUNNING : without(missing));
    departures
        .computeIfAbsent(flow, first -> new Departures(claim.node()))
        .look(
            known,
            members.keySet(),
            board.numbers().spoken(flow.origin(), flow.resource()),
            clock.instant())
        .forEach(gone -> sayLastWord(flow, capture, gone));
  }

  private static Condition without(List<String> nodes) {
    return new Condition(
        FlowState.DEGRADED,
        "no capture was ever started beside "
            + (nodes.size() == 1 ? "node " : "nodes ")
            + String.join(", ", nodes)
            + " of this datacenter: what only they hold is not replicated, and replicated-up-to"
            + " does not wait for it",
        "start replicator cassandra-capture there; it reads what the node's log still has");
  }

  @SuppressWarnings("FutureReturnValueIgnored") // where it fails it is said again
  private void sayLastWord(Flow flow, Capture capture, String gone) {
    capture
        .lastWordOf(gone)
        .thenRun(
            () -> {
              LOG.info("flow {}: node {} has left, nobody waits for its capture", flow, gone);
              controls.keep(flow, gone, false);
            });
  }
}
