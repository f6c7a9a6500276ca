package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.cassandra.cql3.statements.schema.CreateTableStatement;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.commitlog.CommitLogDescriptor;
import org.apache.cassandra.db.commitlog.CommitLogReadHandler;
import org.apache.cassandra.db.commitlog.CommitLogReader;
import org.apache.cassandra.io.util.File;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.SchemaTransformations;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Tables;

/**
 * Reads the segments of a folder with Cassandra's own {@code CommitLogReader} and does nothing with
 * what it finds but count: what a capture's pace is held against. A process of its own, which
 * prints how many mutations of one table it saw once it was warm, and in how many nanoseconds.
 *
 * <p>Arguments: a folder to write to, the folder of the segments, the keyspace, the table's id, its
 * CREATE TABLE, and how many mutations warm it up.
 */
public final class BareLogLoop {
  private BareLogLoop() {}

  public static void main(String[] args) throws IOException {
    CassandraClasses.initialize(Path.of(args[0]), "org.apache.cassandra.dht.Murmur3Partitioner");
    TableMetadata table =
        CreateTableStatement.parse(args[4], args[2])
            .id(TableId.fromUUID(UUID.fromString(args[3])))
            .build();
    Schema.instance.transform(
        SchemaTransformations.addKeyspace(
            KeyspaceMetadata.create(args[2], KeyspaceParams.simple(1), Tables.of(table)), true));
    Count count = new Count(table.id, Long.parseLong(args[5]));
    File[] segments;
    try (Stream<Path> files = Files.list(Path.of(args[1]))) {
      segments =
          files
              .filter(file -> file.toString().endsWith(".log"))
              .sorted()
              .map(File::new)
              .toArray(File[]::new);
    }
    CommitLogReader reader = new CommitLogReader();
    for (File segment : segments) {
      reader.readCommitLogSegment(count, segment, true);
    }
    System.out.println(
        "mutations "
            + (count.mutations - count.warmUp)
            + " nanos "
            + (System.nanoTime() - count.begin));
    System.out.println(count.trouble + " of " + Arrays.toString(segments));
    System.exit(0); // Cassandra's own threads run on
  }

  private static final class Count implements CommitLogReadHandler {
    private final TableId table;
    private final long warmUp;
    private long mutations;
    private long begin;
    private String trouble = "no trouble";

    Count(TableId table, long warmUp) {
      this.table = table;
      this.warmUp = warmUp;
    }

    @Override
    public boolean shouldSkipSegmentOnError(CommitLogReadException failure) {
      trouble = failure.toString();
      return false;
    }

    @Override
    public void handleUnrecoverableError(CommitLogReadException failure) {
      trouble = failure.toString();
    }

    @Override
    public void handleMutation(
        Mutation mutation, int size, int entryLocation, CommitLogDescriptor descriptor) {
      if (mutation.getPartitionUpdates().stream().anyMatch(it -> it.metadata().id.equals(table))) {
        mutations++;
        if (mutations == warmUp) {
          begin = System.nanoTime();
        }
      }
    }
  }
}
