package io.replicator.backfill;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/**
 * An order is what an operator wants of a backfill, and how far it has come: the durable form, JSON
 * in the region's control topic.
 *
 * @param format number of this form
 * @param id tells it from other orders
 * @param prefix of the keys, or another part of the resource in its store's words; empty for all
 * @param repair whether what is sent is to replace what other regions have of the same version
 * @param rate the most keys or rows a second
 * @param position behind which to go on; empty at the beginning
 * @param count how many keys or rows were sent
 * @param state RUNNING, DONE or STOPPED
 * @param by the node whose capture carries it out; empty where the region's agents agree by
 *     themselves
 */
public record Order(
    @JsonProperty("format") int format,
    @JsonProperty("id") String id,
    @JsonProperty("prefix") String prefix,
    @JsonProperty("repair") boolean repair,
    @JsonProperty("rate") int rate,
    @JsonProperty("position") String position,
    @JsonProperty("count") long count,
    @JsonProperty("state") State state,
    @JsonProperty("by") String by) {
  /** Whether it goes on. */
  public enum State {
    RUNNING,
    DONE,
    STOPPED
  }

  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /** What an older agent wrote names no node. */
  public Order {
    by = by == null ? "" : by;
  }

  /** Returns a new order. */
  public static Order of(String id, String prefix, boolean repair, int rate) {
    return of(id, prefix, repair, rate, "");
  }

  /** Returns a new order to the capture beside a node. */
  public static Order of(String id, String prefix, boolean repair, int rate, String by) {
    return new Order(FORMAT, id, prefix, repair, rate, "", 0, State.RUNNING, by);
  }

  /** Reads an order; empty if it is none that this agent can carry out. */
  public static Optional<Order> parse(String json) {
    try {
      Order order = JSON.readValue(json, Order.class);
      return Optional.ofNullable(order).filter(Order::isWhole);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private boolean isWhole() {
    return format == FORMAT
        && id != null
        && prefix != null
        && position != null
        && state != null
        && rate > 0;
  }

  /** Returns the durable form. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Tells whether another is the same order, however far each has come. */
  public boolean isSame(Order other) {
    return id.equals(other.id);
  }

  /**
   * Returns this order as far as it has come: the progress of another order is not its own, and
   * what an operator has stopped stays so, whatever its progress says.
   */
  public Order reached(Optional<Order> progress) {
    return progress.filter(this::isSame).map(it -> isRunning() ? it : it.in(state)).orElse(this);
  }

  /** Tells whether another wants the same to be sent, at whatever rate and by whomever. */
  boolean isAlike(Order other) {
    return prefix.equals(other.prefix) && repair == other.repair;
  }

  /** Returns this order as one that goes on where another has come. */
  Order from(Order other) {
    return new Order(format, id, prefix, repair, rate, other.position, other.count, state, by);
  }

  boolean isRunning() {
    return state == State.RUNNING;
  }

  Order at(String next, long more) {
    return new Order(format, id, prefix, repair, rate, next, count + more, state, by);
  }

  /** Returns this order as one that was stopped. */
  public Order stopped() {
    return in(State.STOPPED);
  }

  Order in(State next) {
    return new Order(format, id, prefix, repair, rate, position, count, next, by);
  }

  /** Returns in words that it was given, and to whom. */
  public String begun() {
    return "the %s%s %s: at most %d %s a second, %s"
        .formatted(
            repair ? "repair" : "backfill",
            prefix.isEmpty() ? "" : " of '" + prefix + "'",
            count == 0 ? "was started" : "was running and goes on, " + count + " sent before",
            rate,
            by.isEmpty() ? "keys" : "rows",
            by.isEmpty() ? "by the region's agents" : "by the capture of node " + by);
  }

  /** Returns the order, as far as it has come, in words. */
  @Override
  public String toString() {
    return (repair ? "repair" : "backfill")
        + (prefix.isEmpty() ? "" : " of '" + prefix + "'")
        + ", "
        + count
        + (by.isEmpty() ? " keys sent" : " rows sent by the capture of node " + by)
        + (position.isEmpty() || !isRunning() ? "" : ", last '" + position + "'");
  }
}
