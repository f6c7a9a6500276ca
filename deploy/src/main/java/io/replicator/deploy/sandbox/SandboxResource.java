package io.replicator.deploy.sandbox;

import java.util.List;

/**
 * A sandbox resource is a pair of queues that the sandbox's agents replicate.
 *
 * @param name the resource's name
 * @param source the queue that is drained for the other regions
 * @param target the queue in which the other regions' messages arrive
 * @param everywhere whether what is sent to the source arrives in its own region's target, too
 */
public record SandboxResource(String name, String source, String target, boolean everywhere) {
  /** For whoever tries the sandbox: nothing here sends to it by itself. */
  public static final SandboxResource ORDERS =
      new SandboxResource("orders", "orders-replication", "orders", false);

  /** The same with order and deduplication. */
  public static final SandboxResource INVOICES =
      new SandboxResource("invoices.fifo", "invoices-replication.fifo", "invoices.fifo", false);

  /** Services send to one queue, and every region's other one gets each message. */
  public static final SandboxResource EVENTS =
      new SandboxResource("events", "events-in", "events", true);

  /** What the demonstration writes and reads. */
  public static final SandboxResource DEMO =
      new SandboxResource("demo", "demo-replication", "demo", false);

  /** Returns the name of the flow of its changes from a region. */
  public String flowFrom(String region) {
    return "sqs/" + name + "@" + region;
  }

  /** Returns all of them. */
  public static List<SandboxResource> all() {
    return List.of(ORDERS, INVOICES, EVENTS, DEMO);
  }
}
