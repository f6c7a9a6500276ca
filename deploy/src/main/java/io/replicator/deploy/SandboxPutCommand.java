package io.replicator.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox put}: writes an object, for a machine without an S3 client. */
@Command(
    name = "put",
    description = "Writes an object into the replicated bucket of one region of a running sandbox.",
    mixinStandardHelpOptions = true)
final class SandboxPutCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Where it is written; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(
      index = "0",
      paramLabel = "FILE|TEXT",
      description =
          "What it holds: a file's content where there is one of that name, else the text.")
  private String content;

  @Parameters(index = "1", paramLabel = "KEY", description = "Its key.")
  private String key;

  @Override
  public Integer call() {
    SandboxBuckets buckets = new SandboxBuckets(sandbox.find());
    Path file = Path.of(content);
    boolean isFile = Files.isRegularFile(file);
    byte[] bytes = isFile ? read(file) : content.getBytes(StandardCharsets.UTF_8);
    return buckets.with(
        region,
        client -> {
          String etag =
              client.put(
                  key, isFile ? "application/octet-stream" : "text/plain; charset=utf-8", bytes);
          System.out.printf(
              "put in %s: %d bytes to %s/%s, ETag %s%n",
              region, bytes.length, buckets.bucket(), key, etag);
          return 0;
        });
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
