package io.replicator.cassandra.log;

import io.replicator.cassandra.Selection;
import io.replicator.cassandra.TableMutation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.cassandra.db.rows.DeserializationHelper;
import org.apache.cassandra.db.rows.UnfilteredRowIterator;
import org.apache.cassandra.db.rows.UnfilteredRowIteratorSerializer;
import org.apache.cassandra.io.util.DataInputBuffer;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/**
 * Decodes entries of the commit log, each a mutation of one partition key in one or more tables of
 * a keyspace: Cassandra's own form, read with Cassandra's own classes, but by the schema that we
 * were told, since theirs is one for the whole JVM. Thread-safe.
 */
final class EntryDecoder {
  /** What an entry is to a flow. */
  sealed interface Entry {
    /** Mutations of the flow's tables; several where a batch wrote to several tables. */
    record Mutations(List<TableMutation> tables, int leftOut) implements Entry {}

    /** What was applied here by Replicator: it came from another region. */
    record Applied() implements Entry {}

    /** The node's schema was changed. */
    record Schema() implements Entry {}

    /** Nothing of the flow's. */
    record Other() implements Entry {}

    /**
     * With tables of the flow's that have {@code cdc = false}, as far as is known here.
     *
     * @param tables their ids
     * @param others mutations of the flow's other tables
     */
    record Uncaptured(Set<UUID> tables, List<TableMutation> others, int leftOut) implements Entry {}

    /** Of a table that the node has no longer. */
    record Dropped(Gone what) implements Entry {}

    /**
     * With a table that cannot be read, by whose length nothing is known: what stands behind it
     * cannot be read either.
     *
     * @param what the table is
     * @param refused whether it is one that was to be captured
     * @param unknownType why it cannot be read, where it is one that was to be captured and could
     *     be read if a type's class were here; else empty
     * @param alone whether nothing else stands in the entry
     * @param before mutations of the flow's tables that stand before it
     */
    record Torn(
        String what,
        boolean refused,
        Optional<String> unknownType,
        boolean alone,
        List<TableMutation> before)
        implements Entry {}

    /** It cannot be read by the schema as it is known here. */
    record SchemaBehind(UUID table, String why) implements Entry {}
  }

  /**
   * What was written to a table that is gone.
   *
   * @param when it was, as far as is known, in words
   */
  record Gone(String table, String when) {}

  private final NodeSchema schema;
  private final Selection selection;

  EntryDecoder(NodeSchema schema, Selection selection) {
    this.schema = schema;
    this.selection = selection;
  }

  /**
   * Decodes an entry.
   *
   * @throws DamagedLogException if it cannot be read by any schema
   */
  Entry decode(ByteBuffer entry, int version) throws DamagedLogException {
    try (DataInputBuffer in = new DataInputBuffer(entry.duplicate(), false)) {
      int tables = in.readUnsignedVInt32();
      List<TableMutation> found = new ArrayList<>();
      int leftOut = 0;
      Optional<Gone> dropped = Optional.empty();
      Set<UUID> uncaptured = new HashSet<>();
      for (int i = 0; i < tables; i++) {
        UUID id = TableId.deserialize(in).asUUID();
        Optional<NodeSchema.Known> known = schema.table(id);
        if (known.isEmpty() && schema.isOther(id)) {
          // All tables of an entry are of one keyspace.
          return schema.isOfSchema(id) ? new Entry.Schema() : new Entry.Other();
        }
        if (known.isEmpty() && !schema.isIgnored(id)) {
          return new Entry.SchemaBehind(id, "the table " + id + " is not known");
        }
        if (known.isPresent() && known.get().shape().counter()) {
          // CQL puts counters in no batch with anything else, so nothing of a flow's stands here.
          return new Entry.Other();
        }
        Optional<TableMetadata> metadata = known.flatMap(NodeSchema.Known::metadata);
        if (metadata.isEmpty()) {
          boolean refused = known.filter(this::isRefused).isPresent();
          if (tables > 1 && isMarked(entry)) {
            return new Entry.Applied();
          }
          if (tables == 1 && known.isPresent() && !refused) {
            return new Entry.Other();
          }
          return new Entry.Torn(
              known.map(one -> one.name().toString()).orElse("the dropped table " + id),
              refused,
              known.filter(one -> refused).flatMap(NodeSchema.Known::unknownType),
              tables == 1,
              List.copyOf(found));
        }
        boolean marker = known.get().name().table().equals(Selection.MARKER);
        boolean wanted = selection.contains(known.get().name());
        try {
          PartitionTranslator translator = new PartitionTranslator(known.get(), metadata.get());
          Optional<TableMutation> mutation = read(in, version, metadata.get(), translator);
          if (marker) {
            return new Entry.Applied();
          }
          if (wanted && known.get().dropped()) {
            dropped = Optional.of(gone(known.get(), mutation));
          } else if (wanted && mutation.isPresent()) {
            if (known.get().captures(mutation.get())) {
              found.add(mutation.get());
              leftOut += translator.leftOut();
            } else {
              uncaptured.add(id);
            }
          }
        } catch (IOException | RuntimeException e) {
          return new Entry.SchemaBehind(id, known.get().name() + ": " + e.getMessage());
        }
      }
      if (!uncaptured.isEmpty()) {
        return new Entry.Uncaptured(uncaptured, found, leftOut);
      }
      if (!found.isEmpty()) {
        return new Entry.Mutations(found, leftOut);
      }
      return dropped.<Entry>map(Entry.Dropped::new).orElseGet(Entry.Other::new);
    } catch (IOException | RuntimeException e) {
      throw new DamagedLogException("an entry cannot be read: " + e);
    }
  }

  private static Gone gone(NodeSchema.Known known, Optional<TableMutation> mutation) {
    return new Gone(
        known.name().toString(),
        mutation
            .map(TableMutation::latest)
            .map(micros -> "at " + Instant.EPOCH.plus(micros, ChronoUnit.MICROS))
            .orElse("at a time that it does not tell"));
  }

  private boolean isRefused(NodeSchema.Known known) {
    return selection.contains(known.name()) && known.shape().cdc() && !known.dropped();
  }

  /** Tells whether a marker table's id stands in an entry that cannot be read to its end. */
  private boolean isMarked(ByteBuffer entry) {
    ByteBuffer rest = entry.duplicate();
    List<UUID> markers = schema.markers();
    for (int at = rest.position(); at + 2 * Long.BYTES <= rest.limit(); at++) {
      if (markers.contains(new UUID(rest.getLong(at), rest.getLong(at + Long.BYTES)))) {
        return true;
      }
    }
    return false;
  }

  private static Optional<TableMutation> read(
      DataInputBuffer in, int version, TableMetadata metadata, PartitionTranslator translator)
      throws IOException {
    UnfilteredRowIteratorSerializer serializer = UnfilteredRowIteratorSerializer.serializer;
    UnfilteredRowIteratorSerializer.Header header =
        serializer.deserializeHeader(metadata, null, in, version, DeserializationHelper.Flag.LOCAL);
    if (header.isEmpty) {
      return Optional.empty();
    }
    try (UnfilteredRowIterator partition =
        serializer.deserialize(in, version, metadata, DeserializationHelper.Flag.LOCAL, header)) {
      return Optional.of(translator.translate(partition));
    }
  }
}
