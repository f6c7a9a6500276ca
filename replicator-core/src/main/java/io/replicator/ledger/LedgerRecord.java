package io.replicator.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A ledger record is one record of a ledger topic, which is compacted and has as many partitions as
 * the resource's change topics.
 *
 * <p>The key of an entry is the flow's key in UTF-8, its value {@link LedgerEntry#toText}. What the
 * owner keeps besides stands under keys that begin with a zero byte, which no key of a store does:
 * {@code holder} ({@code 1 <name> held|released}), {@code identity} ({@code 1 <text>}) and, for
 * each topic that is read, {@code snapshot/<topic>} (JSON). Any other of these is a newer agent's.
 *
 * @param key of the record
 * @param value of the record
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LedgerRecord(byte[] key, byte[] value) {
  /** How the keys begin of what the owner keeps besides. */
  static final String OWN = "\0";

  static final String HOLDER = "\0holder";
  static final String IDENTITY = "\0identity";
  static final String SNAPSHOT = "\0snapshot/";
  private static final String FORMAT = "1 ";

  /** Tells whether a key is one that a store may have, and an entry may stand under. */
  public static boolean isKey(String key) {
    return !key.isEmpty() && key.charAt(0) != 0;
  }

  /** Keeps what is known of a key. */
  public static LedgerRecord entry(String key, LedgerEntry entry) {
    return of(key, entry.toText());
  }

  /** Keeps who has the partition. */
  public static LedgerRecord holder(Ledger.Holder holder) {
    return of(HOLDER, FORMAT + holder.name() + (holder.held() ? " held" : " released"));
  }

  /** Keeps which bucket this is. */
  public static LedgerRecord identity(String identity) {
    return of(IDENTITY, FORMAT + identity);
  }

  /** Keeps what is known of the reading of a topic's partition. */
  public static LedgerRecord snapshot(String topic, String json) {
    return of(SNAPSHOT + topic, json);
  }

  static Ledger.Holder parseHolder(String value) {
    String text = known(value);
    int space = text.lastIndexOf(' ');
    boolean held = text.endsWith(" held");
    if (space < 0 || !(held || text.endsWith(" released"))) {
      throw new IllegalArgumentException("'" + text + "' names no holder");
    }
    return new Ledger.Holder(text.substring(0, space), held);
  }

  static String parseIdentity(String value) {
    return known(value);
  }

  private static String known(String value) {
    int space = value.indexOf(' ');
    int format = Integer.parseInt(value.substring(0, Math.max(0, space)));
    if (format > 1) {
      throw new NewerFormatException(format);
    }
    if (format < 1) {
      throw new IllegalArgumentException("'" + value + "' has no known format");
    }
    return value.substring(space + 1);
  }

  private static LedgerRecord of(String key, String value) {
    return new LedgerRecord(key.getBytes(UTF_8), value.getBytes(UTF_8));
  }
}
