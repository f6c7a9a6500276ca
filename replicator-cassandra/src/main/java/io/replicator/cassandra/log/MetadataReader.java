package io.replicator.cassandra.log;

import com.datastax.oss.driver.api.core.cql.Row;
import io.replicator.cassandra.SchemaReader;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TypeDefinition;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.cassandra.cql3.ColumnIdentifier;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.ReversedType;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.SyntaxException;
import org.apache.cassandra.schema.CQLTypeParser;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Types;

/**
 * Reads Cassandra's own metadata of a table, by which its mutations are decoded, out of the rows of
 * {@code system_schema} that tell of it. Thread-safe.
 */
final class MetadataReader {
  /** A type that the node knows and this process does not: its class is not here. */
  static final class UnknownTypeException extends Exception {
    private static final long serialVersionUID = 1L;

    private UnknownTypeException(String whose, String types, RuntimeException cause) {
      super(
          whose
              + " is made of "
              + types
              + ", with a class that is not in cassandra-lib of the capture: "
              + cause.getMessage(),
          cause);
    }
  }

  private final IPartitioner partitioner;

  MetadataReader(IPartitioner partitioner) {
    this.partitioner = partitioner;
  }

  /**
   * Reads a table.
   *
   * @param table its row of the node's tables
   * @param columns its rows of {@code columns}
   * @param dropped its rows of {@code dropped_columns}
   * @param used the user-defined types that its columns are made of, and no other: one that cannot
   *     be read is nothing to the tables that do without it
   * @throws UnknownTypeException if one of its types needs a class that is not here
   */
  TableMetadata read(Row table, List<Row> columns, List<Row> dropped, List<TypeDefinition> used)
      throws UnknownTypeException {
    String keyspace = table.getString("keyspace_name");
    String name = table.getString("table_name");
    TableMetadata.Builder builder =
        TableMetadata.builder(keyspace, name, TableId.fromUUID(table.getUuid("id")))
            .partitioner(partitioner)
            .flags(TableMetadata.Flag.fromStringSet(table.getSet("flags", String.class)));
    Types types = types(keyspace, name, used);
    for (Row column : columns) {
      AbstractType<?> type = type(column, types);
      if ("desc".equalsIgnoreCase(column.getString("clustering_order"))) {
        type = ReversedType.getInstance(type);
      }
      builder.addColumn(
          new ColumnMetadata(
              keyspace,
              name,
              ColumnIdentifier.getInterned(column.getString("column_name"), true),
              type,
              column.getInt("position"),
              kind(SchemaReader.kind(column)),
              null));
    }
    for (Row column : dropped) {
      // Types that a dropped column used may be gone: Cassandra keeps them as tuples.
      ColumnMetadata gone =
          new ColumnMetadata(
              keyspace,
              name,
              ColumnIdentifier.getInterned(column.getString("column_name"), true),
              type(column, Types.none()),
              ColumnMetadata.NO_POSITION,
              ColumnMetadata.Kind.valueOf(column.getString("kind").toUpperCase(Locale.ROOT)),
              null);
      builder.recordColumnDrop(
          gone, TimeUnit.MILLISECONDS.toMicros(column.getInstant("dropped_time").toEpochMilli()));
    }
    return builder.build();
  }

  private static AbstractType<?> type(Row column, Types types) throws UnknownTypeException {
    String keyspace = column.getString("keyspace_name");
    String type = column.getString("type");
    try {
      return CQLTypeParser.parse(keyspace, type, types);
    } catch (ConfigurationException | SyntaxException e) {
      throw new UnknownTypeException(
          keyspace + "." + column.getString("table_name") + "." + column.getString("column_name"),
          type,
          e);
    }
  }

  private static Types types(String keyspace, String table, List<TypeDefinition> used)
      throws UnknownTypeException {
    Types.RawBuilder builder = Types.rawBuilder(keyspace);
    for (TypeDefinition one : used) {
      try {
        builder.add(
            one.name(),
            one.fields().stream().map(TypeDefinition.Field::name).toList(),
            one.fields().stream().map(TypeDefinition.Field::type).toList());
      } catch (ConfigurationException | SyntaxException e) {
        throw new UnknownTypeException(
            keyspace + "." + table + " is of the type " + one.name() + ", which",
            one.toString(),
            e);
      }
    }
    return builder.build();
  }

  private static ColumnMetadata.Kind kind(Kind kind) {
    return switch (kind) {
      case PARTITION_KEY -> ColumnMetadata.Kind.PARTITION_KEY;
      case CLUSTERING -> ColumnMetadata.Kind.CLUSTERING;
      case STATIC -> ColumnMetadata.Kind.STATIC;
      case REGULAR -> ColumnMetadata.Kind.REGULAR;
    };
  }
}
