package io.replicator.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Change;
import io.replicator.spi.Content;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Utils;

/** What is told to the other regions: a publication with its content, as a change. */
final class Told {
  /** The content of a delete. */
  static final Content NOTHING = new Content(new TreeMap<>(), new byte[0]);

  private Told() {}

  /**
   * Returns the change. Its id is its version and a hash of its key, so that it is the same however
   * often it is told, and a repair's beside it.
   */
  static Change change(String key, Publication told, Content content, Instant happened) {
    String id =
        told.version()
            + "-"
            + Integer.toHexString(Utils.murmur2(key.getBytes(UTF_8)))
            + (told.repair() ? "-repair" : "");
    return new Change(
        id,
        key,
        told.kind(),
        happened,
        Optional.of(told.version()),
        told.base(),
        content.attributes(),
        content.payload(),
        told.repair());
  }
}
