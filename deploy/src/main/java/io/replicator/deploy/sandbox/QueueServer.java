package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A queue server is a region's SQS: one ElasticMQ process on the loopback address. Any credentials
 * will do.
 */
public final class QueueServer {
  private static final List<String> FLAGS =
      List.of(
          "-Xms64m",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Dreplicator.log.level=warn");

  /** Where a queue server keeps its messages. */
  public enum Storage {
    /** They outlive it. */
    DISK,
    /** They go with it; several times as fast. */
    MEMORY
  }

  private final int port = FreePort.next();
  private final ServerProcess process;

  /**
   * Writes the server's configuration; nothing is started.
   *
   * @param folder the region's folder
   * @param region the region's name, which becomes part of queue ARNs
   * @param queues queues that are there from the start; FIFO if the name ends in {@code .fifo}
   * @param storage where it keeps its messages
   */
  public QueueServer(Path folder, String region, List<String> queues, Storage storage) {
    Path file = folder.resolve("sqs.conf");
    try {
      Files.createDirectories(folder);
      Files.writeString(file, configuration(folder, region, queues, storage));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    process =
        new ServerProcess(
            "sqs",
            new JavaCommand(
                FLAGS,
                JavaCommand.Role.SANDBOX,
                QueueServerMain.class.getName(),
                List.of(file.toString())),
            folder);
  }

  /** Returns where clients of the region find it. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Returns the process, to be started, stopped, killed. */
  public ServerProcess process() {
    return process;
  }

  private String configuration(Path folder, String region, List<String> queues, Storage storage) {
    return """
    node-address { protocol = http, host = "127.0.0.1", port = %1$d }
    rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = %1$d, sqs-limits = strict }
    aws { region = "%2$s", accountId = "000000000000" }
    messages-storage { enabled = %5$s, uri = "jdbc:h2:%3$s" }
    queues {
    %4$s
    }
    """
        .formatted(
            port,
            region,
            folder.resolve("sqs-data").toAbsolutePath(),
            queues.stream().map(QueueServer::queue).collect(Collectors.joining("\n")),
            storage == Storage.DISK);
  }

  private static String queue(String name) {
    return name.endsWith(".fifo") ? "  \"" + name + "\" { fifo = true }" : "  \"" + name + "\" {}";
  }
}
