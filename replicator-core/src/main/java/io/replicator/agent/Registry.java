package io.replicator.agent;

/** A registry takes each flow that was opened in this agent, and who obeys for it. */
interface Registry {
  void register(OpenFlow open, Orders orders);
}
