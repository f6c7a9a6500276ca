package io.replicator.deploy;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox get}: prints an object, for a machine without an S3 client. */
@Command(
    name = "get",
    description = {
      "Prints what an object of the replicated bucket holds in one region of a running sandbox.",
      "Exit code 1 if there is none of that key."
    },
    mixinStandardHelpOptions = true)
final class SandboxGetCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-west-2",
      description = "Where it is read; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(paramLabel = "KEY", description = "Its key.")
  private String key;

  @Override
  public Integer call() {
    SandboxBuckets buckets = new SandboxBuckets(sandbox.find());
    return buckets.with(
        region,
        client -> {
          Optional<byte[]> content = client.get(key);
          if (content.isEmpty()) {
            System.err.printf("no %s/%s in %s%n", buckets.bucket(), key, region);
            return 1;
          }
          System.out.write(content.get(), 0, content.get().length);
          System.out.flush();
          return 0;
        });
  }
}
