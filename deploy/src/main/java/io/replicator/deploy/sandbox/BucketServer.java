package io.replicator.deploy.sandbox;

import io.replicator.deploy.bucket.BucketServerConfig;
import io.replicator.deploy.bucket.BucketServerMain;
import io.replicator.deploy.bucket.Disturbance;
import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A bucket server is a region's S3: one S3Proxy process on the loopback address that keeps objects
 * on disk, checks signatures, and sends events to the region's queue server.
 *
 * <p>Clients need path-style addressing.
 */
public final class BucketServer {
  private static final List<String> FLAGS =
      List.of(
          "-Xms64m",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Dreplicator.log.level=warn");

  private final Path file;
  private final Path data;
  private final Path spool;
  private final int port = FreePort.next();
  private final ServerProcess process;

  /**
   * Writes the server's configuration; nothing is started.
   *
   * @param folder the region's folder
   * @param region the region's name, which events bear
   * @param queues the region's SQS, which has a queue {@code <bucket>-events} for each bucket
   * @param buckets buckets that are there from the start
   */
  public BucketServer(Path folder, String region, QueueServer queues, List<String> buckets) {
    file = folder.resolve("s3.properties");
    data = folder.resolve("s3-data").toAbsolutePath();
    spool = folder.resolve("s3-spool").toAbsolutePath();
    write(
        new BucketServerConfig(
            port,
            data,
            spool,
            region,
            SandboxFile.ACCESS_KEY,
            SandboxFile.SECRET_KEY,
            queues.endpoint(),
            buckets,
            Disturbance.NONE));
    process =
        new ServerProcess(
            "s3",
            new JavaCommand(
                FLAGS,
                JavaCommand.Role.SANDBOX,
                BucketServerMain.class.getName(),
                List.of(file.toString())),
            folder);
  }

  /** Returns where clients of the region find it. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Returns the port on which it listens. */
  int port() {
    return port;
  }

  /** Returns the folder in which a bucket's objects are files, named by their keys. */
  public Path files(String bucket) {
    return data.resolve(bucket);
  }

  /** Returns the folder in which an event is a file until its queue has it. */
  public Path spool() {
    return spool;
  }

  /** Changes the configuration with which the process starts next. */
  public void configure(UnaryOperator<BucketServerConfig> change) {
    try {
      write(change.apply(BucketServerConfig.read(file)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Returns the process, to be started, stopped, killed. */
  public ServerProcess process() {
    return process;
  }

  private void write(BucketServerConfig config) {
    try {
      Files.createDirectories(file.getParent());
      config.write(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
