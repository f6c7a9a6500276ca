package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.backfill.Order;
import io.replicator.model.Flow;
import io.replicator.reading.Throttle;
import io.replicator.spi.ReplicationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Controls are what operators told the flows of a region, kept in a compacted topic, so that all
 * its agents obey and a restart does not forget.
 *
 * <p>A record's key is the flow, its value {@code pause}, or null once it may run; or the key is
 * {@code backfill <flow>}, and the value is the operator's last order or stop of one; or {@code
 * backfill-progress <flow>}, and the value is how far an order has come, which counts for the order
 * of the same id alone; or {@code throttle <flow>}, and the value is the changes and the bytes a
 * second that it may apply, or null for what is configured; or {@code accept-gap <flow>}, or {@code
 * accept-gap <flow> <node>} where the capture beside a node is meant alone, and the value tells one
 * such order from another; or {@code node <flow> <node>} for each node that a flow is captured
 * beside, until it has left its store. An order to accept a gap is obeyed once, by those that run
 * when it is given: a later gap is another matter.
 *
 * <p>A newer agent may keep what this one does not know. Whatever else than null stands under a
 * flow pauses it; an order of another form stops the one in whose place it stands; a throttle that
 * cannot be read changes nothing; what stands under other words is passed over.
 */
final class Controls {
  /** Whoever obeys for a flow in this agent. */
  interface Listener {
    /** Returns the node beside which the flow is captured here; empty if it is beside none. */
    default Optional<String> node() {
      return Optional.empty();
    }

    /** The flow is to pause, or may go on. */
    void paused(boolean paused);

    /** What is known to be missing is to be taken as lost. */
    void acceptGap();

    /** The flow may apply so fast; empty for what is configured. */
    default void throttled(Optional<Throttle.Rates> rates) {}

    /** A backfill was ordered, or has come some way. */
    default void backfill(Order order) {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(Controls.class);
  private static final String PAUSE = "pause";
  private static final String ACCEPT_GAP = "accept-gap ";
  private static final String BACKFILL = "backfill ";
  private static final String THROTTLE = "throttle ";
  private static final String NODE = "node ";
  private static final String PROGRESS = "backfill-progress ";

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final Set<String> paused = new HashSet<>();
  private final Map<String, Listener> listeners = new HashMap<>();

  private final Map<String, Order> backfills = new HashMap<>();
  private final Map<String, Throttle.Rates> throttles = new HashMap<>();
  private final Map<String, Set<String>> nodes = new HashMap<>();
  private final Map<String, Order> progress = new HashMap<>();

  /** Ids of orders in whose place others were given. */
  private final Set<String> superseded = new HashSet<>();

  /** The topic may be read anew from its beginning at any time. */
  private final Set<String> obeyed = new HashSet<>();

  private boolean live;

  Controls(String topic, Producer<byte[], byte[]> producer) {
    this.topic = topic;
    this.producer = producer;
  }

  /** Tells a flow's listener now whether it is paused, and from now on what else it is told. */
  synchronized void listen(Flow flow, Listener listener) {
    listeners.put(flow.toString(), listener);
    listener.paused(paused.contains(flow.toString()));
    listener.throttled(Optional.ofNullable(throttles.get(flow.toString())));
    ordered(flow.toString()).ifPresent(listener::backfill);
  }

  /** Tells a flow's listener nothing any more. */
  synchronized void forget(Flow flow) {
    listeners.remove(flow.toString());
  }

  /** What stood in the topic before is read: what comes now is said to this agent. */
  synchronized void caughtUp() {
    live = true;
  }

  /**
   * Pauses a flow, or lets it go on; returns when that is durable.
   *
   * @throws ReplicationException if Kafka does not acknowledge within 10 s
   */
  void pause(Flow flow, boolean pause) {
    write(flow.toString(), pause ? PAUSE : null);
  }

  /**
   * Throttles a flow on all agents, each for itself; returns when that is durable.
   *
   * @param rates empty for what is configured
   * @throws ReplicationException if Kafka does not acknowledge within 10 s
   */
  void throttle(Flow flow, Optional<Throttle.Rates> rates) {
    write(THROTTLE + flow, rates.map(limit -> limit.changes() + " " + limit.bytes()).orElse(null));
  }

  /** Tells whether an order to throttle a flow stands. */
  synchronized boolean isThrottled(Flow flow) {
    return throttles.containsKey(flow.toString());
  }

  /**
   * Has all agents take what is missing in a flow as lost; returns when that is durable.
   *
   * @param node whose capture alone is to do so: each could not read other things; empty for all
   * @throws ReplicationException if Kafka does not acknowledge within 10 s
   */
  void acceptGap(Flow flow, Optional<String> node) {
    write(
        ACCEPT_GAP + flow + node.map(name -> " " + name).orElse(""), UUID.randomUUID().toString());
  }

  /**
   * Orders a backfill of a flow, in place of an earlier one; returns when that is durable.
   *
   * @throws ReplicationException if Kafka does not acknowledge within 10 s
   */
  void backfill(Flow flow, Order order) {
    write(BACKFILL + flow, order.toJson());
  }

  /** Keeps how far a backfill has come, without waiting: what is lost of it is done again. */
  void keep(Flow flow, Order order) {
    send(PROGRESS + flow, order.toJson().getBytes(UTF_8));
  }

  /** Remembers that a flow is captured beside a node, or that it will never be again. */
  void keep(Flow flow, String node, boolean captured) {
    send(NODE + flow + " " + node, captured ? "captured".getBytes(UTF_8) : null);
  }

  /** Returns the nodes beside which a flow was captured, and which are not known to be gone. */
  synchronized Set<String> nodes(Flow flow) {
    return Set.copyOf(nodes.getOrDefault(flow.toString(), Set.of()));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is lost is sent again by the next look
  private void send(String key, byte[] value) {
    try {
      producer.send(new ProducerRecord<>(topic, 0, key.getBytes(UTF_8), value));
    } catch (KafkaException | IllegalStateException e) {
      LOG.debug("'{}' was not kept: {}", key, e.toString());
    }
  }

  private void write(String key, String value) {
    byte[] bytes = value == null ? null : value.getBytes(UTF_8);
    try {
      producer
          .send(new ProducerRecord<>(topic, 0, key.getBytes(UTF_8), bytes))
          .get(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted; the command may take effect later", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new ReplicationException(
          ReplicationException.Kind.TRANSIENT,
          "the local Kafka did not acknowledge the command; it may take effect later: " + e,
          "look at the local brokers, then give the command again",
          null);
    }
  }

  /** Reads a line of the topic. */
  synchronized void read(ConsumerRecord<byte[], byte[]> line) {
    if (line.key() == null) {
      return;
    }
    String key = new String(line.key(), UTF_8);
    String value = line.value() == null ? "" : new String(line.value(), UTF_8);
    if (key.startsWith(ACCEPT_GAP)) {
      if (obeyed.add(value) && live) {
        acceptGap(key.substring(ACCEPT_GAP.length()));
      }
      return;
    }
    if (key.startsWith(BACKFILL)) {
      String flow = key.substring(BACKFILL.length());
      Order.parse(value)
          .ifPresentOrElse(order -> order(flow, order), () -> unknownOrder(flow, value));
      return;
    }
    if (key.startsWith(PROGRESS)) {
      Order.parse(value).ifPresent(order -> reached(key.substring(PROGRESS.length()), order));
      return;
    }
    if (key.startsWith(THROTTLE)) {
      throttle(key.substring(THROTTLE.length()), value);
      return;
    }
    if (key.startsWith(NODE)) {
      int end = key.lastIndexOf(' ');
      Set<String> known =
          nodes.computeIfAbsent(
              key.substring(NODE.length(), Math.max(NODE.length(), end)), flow -> new HashSet<>());
      if (value.isEmpty()) {
        known.remove(key.substring(end + 1));
      } else {
        known.add(key.substring(end + 1));
      }
      return;
    }
    boolean pause = !value.isEmpty();
    boolean changed = pause ? paused.add(key) : paused.remove(key);
    Listener listener = listeners.get(key);
    if (changed && listener != null) {
      listener.paused(pause);
    }
  }

  /** An older agent names no node: then all are meant. */
  private void acceptGap(String which) {
    int end = which.indexOf(' ');
    Listener listener = listeners.get(end < 0 ? which : which.substring(0, end));
    if (listener != null
        && (end < 0 || listener.node().equals(Optional.of(which.substring(end + 1))))) {
      listener.acceptGap();
    }
  }

  private void throttle(String flow, String value) {
    if (value.isEmpty()) {
      throttles.remove(flow);
    } else {
      String[] limits = value.split(" ", 3);
      try {
        throttles.put(
            flow, new Throttle.Rates(Long.parseLong(limits[0]), Long.parseLong(limits[1])));
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        LOG.warn(
            "topic {}: the throttle '{}' of {} cannot be read and changes nothing here; upgrade"
                + " this agent if a newer one wrote it, or throttle the flow again",
            topic,
            value,
            flow);
        return;
      }
    }
    Listener listener = listeners.get(flow);
    if (listener != null) {
      listener.throttled(Optional.ofNullable(throttles.get(flow)));
    }
  }

  private void order(String flow, Order order) {
    // An old order is met again where the topic is read anew: it must not begin for a moment.
    if (superseded.contains(order.id())) {
      return;
    }
    Order before = backfills.put(flow, order);
    if (before != null && !before.id().equals(order.id())) {
      superseded.add(before.id());
    }
    tell(flow);
  }

  /** What stands in the place of an order ends it here; it is another agent's to carry out. */
  private void unknownOrder(String flow, String value) {
    if (value.isEmpty()) {
      return;
    }
    LOG.warn(
        "topic {}: the order of a backfill of {} is of a form that this agent does not know; it is"
            + " carried out by agents that do: upgrade this one",
        topic,
        flow);
    Order before = backfills.get(flow);
    if (before != null) {
      order(flow, before.stopped());
      superseded.add(before.id());
    }
  }

  private void reached(String flow, Order order) {
    progress.put(flow, order);
    if (Optional.ofNullable(backfills.get(flow)).filter(it -> it.isSame(order)).isPresent()) {
      tell(flow);
    }
  }

  private void tell(String flow) {
    Listener listener = listeners.get(flow);
    if (listener != null) {
      ordered(flow).ifPresent(listener::backfill);
    }
  }

  /** Returns the last order of a flow, and how far it has come. */
  private Optional<Order> ordered(String flow) {
    return Optional.ofNullable(backfills.get(flow))
        .map(order -> order.reached(Optional.ofNullable(progress.get(flow))));
  }
}
