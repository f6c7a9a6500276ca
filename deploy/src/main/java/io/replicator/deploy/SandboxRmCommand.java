package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox rm}: removes an object, for a machine without an S3 client. */
@Command(
    name = "rm",
    description =
        "Removes an object from the replicated bucket of one region of a running sandbox.",
    mixinStandardHelpOptions = true)
final class SandboxRmCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Where it is removed; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(paramLabel = "KEY", description = "Its key.")
  private String key;

  @Override
  public Integer call() {
    SandboxBuckets buckets = new SandboxBuckets(sandbox.find());
    return buckets.with(
        region,
        client -> {
          client.remove(key);
          System.out.printf("removed in %s: %s/%s%n", region, buckets.bucket(), key);
          return 0;
        });
  }
}
