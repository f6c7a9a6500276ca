package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import software.amazon.awssdk.services.s3.model.S3Object;

/** {@code replicator sandbox ls}: lists objects, for a machine without an S3 client. */
@Command(
    name = "ls",
    description =
        "Lists the replicated bucket in one region of a running sandbox: time, bytes, ETag, key.",
    mixinStandardHelpOptions = true)
final class SandboxLsCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-west-2",
      description = "Where it is listed; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(
      arity = "0..1",
      paramLabel = "PREFIX",
      defaultValue = "",
      description = "How the keys begin; all if not said.")
  private String prefix;

  @Override
  public Integer call() {
    return new SandboxBuckets(sandbox.find())
        .with(
            region,
            client -> {
              for (S3Object object : client.list(prefix)) {
                System.out.printf(
                    "%s %12d %s %s%n",
                    object.lastModified(), object.size(), object.eTag(), object.key());
              }
              return 0;
            });
  }
}
