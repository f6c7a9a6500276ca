package io.replicator.ledger;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * A ledger is what a region knows of the keys of one partition, as its owner holds it in memory,
 * and what the owner must find again besides. It is made from the ledger topic, and told what was
 * made durable there since. Thread-safe.
 */
public final class Ledger {
  /**
   * Who has the partition.
   *
   * @param name of the owner
   * @param held whether it still worked when this was written: it has not given the partition up
   */
  public record Holder(String name, boolean held) {}

  private final Map<String, String> entries = new ConcurrentHashMap<>();
  private final Map<String, String> snapshots = new ConcurrentHashMap<>();
  private final AtomicLong lost = new AtomicLong();
  private volatile Optional<Holder> holder = Optional.empty();
  private volatile Optional<String> identity = Optional.empty();

  /** Returns what is known of a key. */
  public Optional<LedgerEntry> get(String key) {
    return Optional.ofNullable(entries.get(key)).map(LedgerEntry::parse);
  }

  /**
   * Takes note that an entry is durable.
   *
   * @return whether the key's content is lost now and was not before
   */
  public boolean put(String key, LedgerEntry entry) {
    return setEntry(key, entry.toText()) > 0;
  }

  /** Returns how many keys are known. */
  public int size() {
    return entries.size();
  }

  /** Returns of how many keys the content is lost here. */
  public long lostCount() {
    return lost.get();
  }

  /** Shows every entry, in no order; the ledger may change meanwhile. */
  public void forEach(BiConsumer<String, LedgerEntry> eye) {
    entries.forEach((key, text) -> eye.accept(key, LedgerEntry.parse(text)));
  }

  /** Returns who had the partition last; empty if nobody ever had. */
  public Optional<Holder> holder() {
    return holder;
  }

  /** Returns the identity of the bucket whose keys these are; empty before the first. */
  public Optional<String> identity() {
    return identity;
  }

  /** Takes note that another identity is durable. */
  public void setIdentity(String next) {
    identity = Optional.of(next);
  }

  /** Returns what was written down last of the reading of a topic's partition: JSON. */
  public Optional<String> snapshot(String topic) {
    return Optional.ofNullable(snapshots.get(topic));
  }

  /**
   * Takes a record of the ledger topic.
   *
   * @param value null where the topic forgets the key
   * @throws NewerFormatException if a newer agent wrote it
   * @throws IllegalArgumentException if it is no record of a ledger
   */
  void take(String key, String value) {
    if (key.startsWith(LedgerRecord.SNAPSHOT)) {
      set(snapshots, key.substring(LedgerRecord.SNAPSHOT.length()), value);
    } else if (key.equals(LedgerRecord.HOLDER)) {
      holder = Optional.ofNullable(value).map(LedgerRecord::parseHolder);
    } else if (key.equals(LedgerRecord.IDENTITY)) {
      identity = Optional.ofNullable(value).map(LedgerRecord::parseIdentity);
    } else if (key.startsWith(LedgerRecord.OWN)) {
      throw new NewerFormatException("'" + key.substring(LedgerRecord.OWN.length()) + "'");
    } else {
      if (value != null) {
        LedgerEntry.parse(value); // what cannot be read must be found out before it is needed
      }
      setEntry(key, value);
    }
  }

  /** Returns by how many the keys have become more whose content is lost: 1, 0 or -1. */
  private int setEntry(String key, String value) {
    String before = set(entries, key, value);
    int more = lost(value) - lost(before);
    lost.addAndGet(more);
    return more;
  }

  private static int lost(String text) {
    return text != null && LedgerEntry.isLost(text) ? 1 : 0;
  }

  private static String set(Map<String, String> map, String key, String value) {
    return value == null ? map.remove(key) : map.put(key, value);
  }
}
