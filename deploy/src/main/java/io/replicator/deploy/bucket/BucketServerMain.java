package io.replicator.deploy.bucket;

import io.replicator.deploy.process.Supervised;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** Runs a bucket server. Its one argument is its configuration, a properties file. */
public final class BucketServerMain {
  private static final int LARGEST_CHUNK = 16 << 20;

  private BucketServerMain() {}

  /** Starts the server, sends what an earlier process owed, and serves until SIGTERM. */
  public static void main(String[] arguments) throws Exception {
    Supervised.begin();
    BucketServerConfig config = BucketServerConfig.read(Path.of(arguments[0]));
    Files.createDirectories(config.data());
    var spool = new EventSpool(config.spool());
    var queues = new EventQueues(config.region(), config.queues());
    var sender =
        new EventSender(config.region(), config.accessKey(), queues, spool, config.disturbance());
    var store =
        new BucketStore(
            new FilesystemNio2BlobStore(config.data().toString()),
            bodies(config),
            config.buckets(),
            spool,
            sender);
    for (String bucket : config.buckets()) {
      if (!store.containerExists(bucket)) {
        store.createContainer(bucket);
      }
    }
    store.sendOwed();
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:" + config.port()))
            .awsAuthentication(
                AuthenticationType.AWS_V2_OR_V4, config.accessKey(), config.secretKey())
            .ignoreUnknownHeaders(true)
            .v4MaxChunkSize(LARGEST_CHUNK)
            .build();
    AccessGrant grant = new AccessGrant(config.secretKey(), store);
    server.setBlobStoreLocator(
        (identity, bucket, key) -> {
          Looks.begin();
          return config.accessKey().equals(identity) ? grant : null;
        });
    server.start();
    Supervised.ready();
  }

  /** Empties the folder of what clients are sending: nobody goes on sending to a new process. */
  private static Path bodies(BucketServerConfig config) throws Exception {
    Path folder = Files.createDirectories(config.spool().resolveSibling("s3-bodies"));
    try (Stream<Path> left = Files.list(folder)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    return folder;
  }
}
