package io.replicator.cassandra.log;

import io.replicator.cassandra.TableMutation.Column;
import io.replicator.cassandra.TableMutation.Kind;
import io.replicator.cassandra.TableName;
import io.replicator.cassandra.TableShape;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.cassandra.cql3.ColumnIdentifier;
import org.apache.cassandra.db.marshal.TypeParser;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.SyntaxException;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.DroppedColumn;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables that a node's capture has known, in files beside its positions, one for each table's
 * id: by them it reads what stands in the log of a table that was dropped while it was down.
 *
 * <p>Java's properties. Types stand in Cassandra's own words, which tell the fields of a
 * user-defined type as well, so that one that is gone can still be read. Each file is synced and
 * replaced as a whole. Used by one thread at a time.
 */
final class SchemaFiles {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaFiles.class);
  private static final String PRESENT = "1";
  private static final String ENDING = ".properties";

  private final Path directory;
  private final IPartitioner partitioner;
  private final Map<UUID, Properties> written = new HashMap<>();

  SchemaFiles(Path directory, IPartitioner partitioner) {
    this.directory = directory;
    this.partitioner = partitioner;
  }

  /**
   * Reads all tables that were kept, as dropped ones: the node tells which of them are there. A
   * file that cannot be read is passed over, for the node tells all tables that live.
   *
   * @throws UncheckedIOException if the folder cannot be read
   */
  Map<UUID, NodeSchema.Known> read() {
    if (!Files.isDirectory(directory)) {
      return Map.of();
    }
    Map<UUID, NodeSchema.Known> tables = new HashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(one -> one.toString().endsWith(ENDING)).toList()) {
        try {
          String name = file.getFileName().toString();
          UUID id = UUID.fromString(name.substring(0, name.length() - ENDING.length()));
          Properties properties = load(file);
          tables.put(id, known(id, properties));
          written.put(id, properties);
        } catch (IOException | RuntimeException e) {
          LOG.warn(
              "{} cannot be read and is passed over ({}); if its table was dropped, what stands in"
                  + " the log of it is counted and passed over, too",
              file,
              e.toString());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the schemas in " + directory + " cannot be read", e);
    }
    return tables;
  }

  /** Keeps the tables that are not kept yet as they are. */
  void write(Map<UUID, NodeSchema.Known> tables) {
    tables.forEach(
        (id, known) -> {
          if (known.metadata().isPresent()) {
            Properties properties = properties(known, known.metadata().get());
            if (!properties.equals(written.get(id))) {
              write(id, known.name(), properties);
              written.put(id, properties);
            }
          }
        });
  }

  private static Properties properties(NodeSchema.Known known, TableMetadata metadata) {
    TableShape shape = known.shape();
    Properties properties = new Properties();
    properties.setProperty("format", PRESENT);
    properties.setProperty("keyspace", shape.name().keyspace());
    properties.setProperty("table", shape.name().table());
    properties.setProperty("cdc", Boolean.toString(shape.cdc()));
    properties.setProperty("capturedUntil", Long.toString(known.capturedUntil()));
    properties.setProperty("grace", Integer.toString(shape.gcGraceSeconds()));
    properties.setProperty("ttl", Integer.toString(shape.defaultTimeToLive()));
    properties.setProperty(
        "flags", String.join(",", new TreeSet<>(TableMetadata.Flag.toStringSet(metadata.flags))));
    int number = 0;
    for (Column column : shape.columns()) {
      String key = "column." + number++ + ".";
      ColumnMetadata own = metadata.getColumn(ColumnIdentifier.getInterned(column.name(), true));
      describe(properties, key, own);
      properties.setProperty(key + "cql", column.type());
      properties.setProperty(key + "descending", Boolean.toString(column.reversed()));
    }
    properties.setProperty("columns", Integer.toString(number));
    number = 0;
    for (DroppedColumn dropped : metadata.droppedColumns.values()) {
      String key = "dropped." + number++ + ".";
      describe(properties, key, dropped.column);
      properties.setProperty(key + "micros", Long.toString(dropped.droppedTime));
    }
    properties.setProperty("dropped", Integer.toString(number));
    return properties;
  }

  private void write(UUID id, TableName table, Properties properties) {
    try {
      SyncedFile.replace(directory.resolve(id + ENDING), properties);
    } catch (IOException e) {
      throw new UncheckedIOException("the schema of " + table + " cannot be kept", e);
    }
  }

  private static void describe(Properties properties, String key, ColumnMetadata column) {
    properties.setProperty(key + "name", column.name.toString());
    properties.setProperty(key + "kind", column.kind.name());
    properties.setProperty(key + "position", Integer.toString(column.position()));
    properties.setProperty(key + "type", column.type.toString());
  }

  private static Properties load(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    if (!PRESENT.equals(properties.getProperty("format"))) {
      throw new IllegalStateException(file + " is of another format than " + PRESENT);
    }
    return properties;
  }

  private NodeSchema.Known known(UUID id, Properties properties) {
    TableName name =
        new TableName(properties.getProperty("keyspace"), properties.getProperty("table"));
    Set<String> flags =
        Stream.of(properties.getProperty("flags").split(","))
            .filter(flag -> !flag.isEmpty())
            .collect(Collectors.toSet());
    TableMetadata.Builder builder =
        TableMetadata.builder(name.keyspace(), name.table(), TableId.fromUUID(id))
            .partitioner(partitioner)
            .flags(TableMetadata.Flag.fromStringSet(flags));
    List<Column> columns = new ArrayList<>();
    int count = Integer.parseInt(properties.getProperty("columns"));
    for (int i = 0; i < count; i++) {
      String key = "column." + i + ".";
      ColumnMetadata column = column(name, properties, key);
      builder.addColumn(column);
      columns.add(
          new Column(
              Kind.valueOf(column.kind.name()),
              column.name.toString(),
              properties.getProperty(key + "cql"),
              Boolean.parseBoolean(properties.getProperty(key + "descending"))));
    }
    int drops = Integer.parseInt(properties.getProperty("dropped"));
    for (int i = 0; i < drops; i++) {
      String key = "dropped." + i + ".";
      builder.recordColumnDrop(
          column(name, properties, key), Long.parseLong(properties.getProperty(key + "micros")));
    }
    TableShape shape =
        new TableShape(
            name,
            id,
            columns,
            List.of(),
            Boolean.parseBoolean(properties.getProperty("cdc")),
            false,
            false,
            Integer.parseInt(properties.getProperty("grace")),
            Integer.parseInt(properties.getProperty("ttl", "0")));
    long capturedUntil = Long.parseLong(properties.getProperty("capturedUntil", "0"));
    return new NodeSchema.Known(
        shape, Optional.of(builder.build()), Optional.empty(), true, capturedUntil);
  }

  private static ColumnMetadata column(TableName table, Properties properties, String key) {
    try {
      return new ColumnMetadata(
          table.keyspace(),
          table.table(),
          ColumnIdentifier.getInterned(properties.getProperty(key + "name"), true),
          TypeParser.parse(properties.getProperty(key + "type")),
          Integer.parseInt(properties.getProperty(key + "position")),
          ColumnMetadata.Kind.valueOf(properties.getProperty(key + "kind")),
          null);
    } catch (ConfigurationException | SyntaxException e) {
      throw new IllegalStateException(
          "the kept schema of " + table + " has a type that cannot be read: " + e.getMessage(), e);
    }
  }
}
