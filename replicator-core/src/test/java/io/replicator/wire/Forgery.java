package io.replicator.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** A forgery is a record that no agent writes, under a checksum that fits it all the same. */
public final class Forgery {
  private static final String CHECKSUM = "ce_checksum";

  private Forgery() {}

  /** Returns the headers of a record with one of them replaced. */
  public static Headers of(
      Headers genuine, byte[] key, byte[] value, String header, String content) {
    Headers forged = new RecordHeaders(genuine.toArray());
    forged.remove(header);
    forged.add(header, content.getBytes(UTF_8));
    // The reader itself tells which checksum it would believe.
    String refusal = ((Decoded.Unreadable) WireFormat.decode(forged, key, value)).reason();
    String expected = refusal.replaceFirst("checksum is not ([0-9a-f]+):.*", "$1");
    forged.remove(CHECKSUM);
    forged.add(CHECKSUM, expected.getBytes(UTF_8));
    return forged;
  }
}
