package io.replicator.deploy.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.replicator.deploy.process.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The sandbox file, {@code sandbox.json}, tells clients and scripts where everything is: for each
 * region its endpoints, the processes with their ids, and the commands that start each again.
 */
public final class SandboxFile {
  /** Its name in the sandbox's folder. */
  public static final String NAME = "sandbox.json";

  /** What servers are given; queue servers take anything. */
  public static final String ACCESS_KEY = "sandbox";

  /** What servers are given; queue servers take anything. */
  public static final String SECRET_KEY = "sandbox-secret";

  private static final ObjectMapper JSON = new ObjectMapper();

  private SandboxFile() {}

  /** Describes a sandbox whose processes all run. */
  public static ObjectNode describe(Sandbox sandbox) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode regions = root.putObject("regions");
    sandbox.regions().forEach(region -> describe(region, regions.putObject(region.name())));
    ObjectNode resources = root.putObject("resources");
    if (sandbox.layout().has(SandboxStore.SQS)) {
      resources
          .putObject("sqs")
          .put("source", SandboxResource.ORDERS.source())
          .put("target", SandboxResource.ORDERS.target());
    }
    if (sandbox.layout().has(SandboxStore.S3)) {
      resources.putObject("s3").put("bucket", SandboxBucket.PHOTOS.name());
    }
    return root;
  }

  /** Writes a description into a folder, so that no reader sees half of it. */
  public static void write(Path folder, JsonNode description) {
    Path file = folder.resolve(NAME);
    Path fresh = folder.resolve(NAME + ".new");
    try {
      Files.writeString(
          fresh, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(description) + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Removes the description: what it tells of is gone. */
  public static void remove(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve(NAME));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder.resolve(NAME), e);
    }
  }

  /**
   * Reads the description in a folder.
   *
   * @throws SandboxException if there is none
   */
  public static JsonNode read(Path folder) {
    Path file = folder.resolve(NAME);
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new SandboxException(
          "the sandbox in " + folder + " is not ready yet: it has written no " + NAME, e);
    }
  }

  private static void describe(SandboxRegion region, ObjectNode to) {
    to.put("kafka", region.broker().bootstrap());
    region
        .cassandra()
        .ifPresent(
            cassandra ->
                to.putObject("cassandra")
                    .put("host", "127.0.0.1")
                    .put("port", cassandra.port())
                    .put("keyspace", CassandraServer.KEYSPACE));
    region
        .queues()
        .ifPresent(
            server ->
                to.putObject("sqs")
                    .put("endpoint", server.endpoint().toString())
                    .put("accessKey", ACCESS_KEY)
                    .put("secretKey", SECRET_KEY));
    region
        .buckets()
        .ifPresent(
            server ->
                to.putObject("s3")
                    .put("endpoint", server.endpoint().toString())
                    .put("accessKey", ACCESS_KEY)
                    .put("secretKey", SECRET_KEY));
    ObjectNode jmx = to.putObject("jmx");
    region.agents().forEach(agent -> jmx.put(agent.process().name(), agent.jmxUrl()));
    region.cassandra().ifPresent(one -> jmx.put(one.capture().name(), one.captureJmxUrl()));
    List<Server> processes = region.processes();
    ObjectNode pids = to.putObject("pids");
    for (Server process : processes) {
      long pid = process.pid();
      // Not -1 for one that is down: a script that kills it would kill all processes.
      if (pid > 0) {
        pids.put(process.name(), pid);
      }
    }
    ObjectNode start = to.putObject("start");
    for (Server process : processes) {
      process.command().forEach(start.withArrayProperty(process.name())::add);
    }
  }
}
