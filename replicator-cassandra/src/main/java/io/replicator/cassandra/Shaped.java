package io.replicator.cassandra;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;

/**
 * A statement in the shape in which it is prepared, with its values.
 *
 * @param cql the shape: equal for all mutations that touch the same columns in the same way
 * @param values for its markers, serialized; null for a cell that is deleted
 * @param writtenAt the second by which its expiry is reckoned; 0 where nothing expires
 */
record Shaped(String cql, List<ByteBuffer> values, long writtenAt) {
  Shaped {
    values = Collections.unmodifiableList(values);
  }
}
