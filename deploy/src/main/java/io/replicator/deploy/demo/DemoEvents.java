package io.replicator.deploy.demo;

import java.time.Duration;

/** What the demonstration tells as it happens; called from its threads. */
public interface DemoEvents {
  /** A message of another region has come. */
  void arrived(String from, String to, int number, Tally.Arrival arrival, Duration lag);

  /** A region's queues do not answer; told once per outage. */
  void unreachable(String region, String reason);

  /** A region's queues answer again. */
  void reachable(String region);
}
