package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.dht.IPartitioner;

/**
 * Makes Cassandra's own classes ready for use, once for a JVM. They want a configuration file: they
 * get one of their own, so that the node's is neither needed nor touched.
 */
final class CassandraClasses {
  private static boolean ready;

  private CassandraClasses() {}

  /**
   * Makes them ready.
   *
   * @param directory where the file and what it names are laid out
   * @param partitioner the node's, by its class
   */
  static synchronized IPartitioner initialize(Path directory, String partitioner)
      throws IOException {
    if (!ready) {
      Path home = directory.resolve("cassandra-classes").toAbsolutePath();
      Files.createDirectories(home);
      Path file = home.resolve("cassandra.yaml");
      Files.writeString(
          file,
          """
          # Written by the capture for Cassandra's classes in its own process; nothing is kept here.
          cluster_name: replicator
          partitioner: %s
          num_tokens: 1
          endpoint_snitch: SimpleSnitch
          commitlog_sync: periodic
          commitlog_sync_period: 10000ms
          memtable_allocation_type: heap_buffers
          commitlog_directory: "%2$s/commitlog"
          cdc_raw_directory: "%2$s/cdc_raw"
          hints_directory: "%2$s/hints"
          saved_caches_directory: "%2$s/saved_caches"
          data_file_directories: ["%2$s/data"]
          seed_provider:
            - class_name: org.apache.cassandra.locator.SimpleSeedProvider
              parameters: [{seeds: "127.0.0.1"}]
          """
              .formatted(partitioner, home));
      System.setProperty("cassandra.config", file.toUri().toString());
      System.setProperty("cassandra.storagedir", home.toString());
      DatabaseDescriptor.toolInitialization();
      ready = true;
    }
    return DatabaseDescriptor.getPartitioner();
  }
}
