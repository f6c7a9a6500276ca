package io.replicator.deploy.sandbox;

import java.util.List;

/**
 * A sandbox resource is a pair of queues that the sandbox's agents replicate.
 *
 * @param name the resource's name
 * @param source the queue that is drained for the other region
 * @param target the queue in which the other region's messages arrive
 */
public record SandboxResource(String name, String source, String target) {
  /** For whoever tries the sandbox: nothing here sends to it by itself. */
  public static final SandboxResource ORDERS =
      new SandboxResource("orders", "orders-replication", "orders");

  /** The same with order and deduplication. */
  public static final SandboxResource INVOICES =
      new SandboxResource("invoices.fifo", "invoices-replication.fifo", "invoices.fifo");

  /** What the demonstration writes and reads. */
  public static final SandboxResource DEMO =
      new SandboxResource("demo", "demo-replication", "demo");

  /** Returns all of them. */
  public static List<SandboxResource> all() {
    return List.of(ORDERS, INVOICES, DEMO);
  }
}
