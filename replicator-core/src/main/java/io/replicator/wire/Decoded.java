package io.replicator.wire;

import io.replicator.model.Change;

/** What a record of a change topic turned out to hold. */
public sealed interface Decoded {
  /** A change with its number. */
  record Captured(Change change, Stamp stamp) implements Decoded {}

  /** Word of progress. */
  record Beat(Heartbeat heartbeat) implements Decoded {}

  /** A record of a format that only a newer agent reads; to be held, not dropped. */
  record Newer(int format) implements Decoded {}

  /** A record that no agent can read; the reason names what is wrong with it. */
  record Unreadable(String reason) implements Decoded {}
}
