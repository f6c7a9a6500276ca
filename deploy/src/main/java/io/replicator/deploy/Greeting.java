package io.replicator.deploy;

import io.replicator.deploy.sandbox.BucketServer;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxBucket;
import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxResource;
import io.replicator.deploy.sandbox.SandboxStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What to try in a sandbox that runs, to be copied from the screen. */
final class Greeting {
  private Greeting() {}

  static List<String> lines(Sandbox sandbox) {
    SandboxRegion here = sandbox.regions().get(0);
    SandboxRegion there = sandbox.regions().get(1);
    String replicator = launcher();
    String one = sandbox.regions().size() > 2 ? "; with a region's name: that one alone" : "";
    boolean queues = sandbox.layout().has(SandboxStore.SQS);
    boolean buckets = sandbox.layout().has(SandboxStore.S3);
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("Try it from another terminal:");
    lines.add(
        "  "
            + replicator
            + " sandbox cut          # lose the network; then: heal, or slow 80ms"
            + one);
    if (queues) {
      lines.add("  " + replicator + " sandbox send hello   # send a message in " + here.name());
      lines.add("  " + replicator + " sandbox receive      # receive it in " + there.name());
    }
    if (buckets) {
      lines.add("  " + replicator + " sandbox put hello a  # write an object in " + here.name());
      lines.add("  " + replicator + " sandbox get a        # read it in " + there.name());
    }
    lines.add("  " + replicator + " status               # every flow");
    if (queues || buckets) {
      lines.add("With the AWS command line:");
      lines.add(
          "  export AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s"
              .formatted(SandboxFile.ACCESS_KEY, SandboxFile.SECRET_KEY));
    }
    if (queues) {
      lines.add(
          "  "
              + sqs(here, SandboxResource.ORDERS.source(), "send-message")
              + " --message-body hello");
      lines.add(
          "  "
              + sqs(there, SandboxResource.ORDERS.target(), "receive-message")
              + " --wait-time-seconds 20");
    }
    here.buckets().ifPresent(server -> lines.add("  " + s3(here, server, "cp FILE", "/a")));
    there.buckets().ifPresent(server -> lines.add("  " + s3(there, server, "ls", "")));
    if (here.cassandra().isPresent() && there.cassandra().isPresent()) {
      lines.addAll(cassandra(here.cassandra().get(), there.cassandra().get(), there));
    }
    lines.add("");
    return lines;
  }

  private static List<String> cassandra(
      CassandraServer here, CassandraServer other, SandboxRegion there) {
    String cql = "  " + launcher() + " sandbox cql ";
    return List.of(
        "Cassandra, with this command or any CQL client (cqlsh 127.0.0.1 %d, cqlsh 127.0.0.1 %d):"
            .formatted(here.port(), other.port()),
        cql + "\"INSERT INTO shop.orders (customer, id, item) VALUES ('ann', 1, 'tea')\"",
        cql
            + "--region "
            + there.name()
            + " \"SELECT customer, id, item, WRITETIME(item) FROM shop.orders\"");
  }

  private static String s3(SandboxRegion region, BucketServer server, String command, String key) {
    return "aws s3 --region %s --endpoint-url %s %s s3://%s%s"
        .formatted(region.name(), server.endpoint(), command, SandboxBucket.PHOTOS.name(), key);
  }

  private static String sqs(SandboxRegion region, String queue, String command) {
    String endpoint = region.queues().orElseThrow().endpoint().toString();
    return "aws sqs %s --region %s --endpoint-url %s --queue-url %s/000000000000/%s"
        .formatted(command, region.name(), endpoint, endpoint, queue);
  }

  /** The launcher as its user would write it. */
  private static String launcher() {
    String path = System.getProperty("replicator.launcher", "replicator");
    Path folder = Path.of("").toAbsolutePath();
    Path launcher = Path.of(path);
    return launcher.startsWith(folder) ? "./" + folder.relativize(launcher) : path;
  }
}
