package io.replicator.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Turns table mutations into changes. A change's id is the digest of its content, so that the same
 * write has the same id whoever captured it, and however often.
 */
public final class Changes {
  /** Marks a change that is written whatever was applied before: one of a backfill. */
  static final String AGAIN = "again";

  private static final HexFormat HEX = HexFormat.of();
  private static final int MOST_KEY = 600;

  private Changes() {}

  /**
   * Returns the change that carries a mutation.
   *
   * @param time when it was written, as far as the source's clock tells
   */
  public static Change of(TableMutation mutation, Instant time) {
    return change(mutation, time, new TreeMap<>());
  }

  /** Returns the change that carries a state read back, to be written whatever was applied. */
  public static Change again(TableMutation mutation, Instant time) {
    SortedMap<String, byte[]> attributes = new TreeMap<>();
    attributes.put(AGAIN, "1".getBytes(UTF_8));
    return change(mutation, time, attributes);
  }

  private static Change change(
      TableMutation mutation, Instant time, SortedMap<String, byte[]> attributes) {
    byte[] payload = MutationFormat.encode(mutation);
    return Change.upsert(
        HEX.formatHex(digest(payload), 0, 16), key(mutation), time, attributes, payload);
  }

  /** Returns a key of one partition: the table, and the serialized partition key. */
  private static String key(TableMutation mutation) {
    ByteBuffer serialized = Statements.serializedKey(mutation.partitionKey());
    byte[] bytes = new byte[serialized.remaining()];
    serialized.get(bytes);
    String name = mutation.table().toString();
    return bytes.length <= MOST_KEY
        ? name + ":" + HEX.formatHex(bytes)
        : name + "#" + HEX.formatHex(digest(bytes)); // the key itself stands in the payload
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
