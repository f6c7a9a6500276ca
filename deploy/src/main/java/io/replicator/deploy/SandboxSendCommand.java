package io.replicator.deploy;

import io.replicator.deploy.sandbox.QueueClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import software.amazon.awssdk.core.exception.SdkException;

/** {@code replicator sandbox send}: sends a message, for a machine without an AWS client. */
@Command(
    name = "send",
    description =
        "Sends a message in one region of a running sandbox, as an SNS fan-out would: to the"
            + " region's own queue and to the one that is replicated.",
    mixinStandardHelpOptions = true)
final class SandboxSendCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Where it is sent; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Parameters(arity = "1..*", paramLabel = "TEXT", description = "What it says.")
  private List<String> words;

  @Override
  public Integer call() {
    SandboxQueues queues = new SandboxQueues(sandbox.find());
    try (QueueClient client = queues.open(region)) {
      String text = String.join(" ", words);
      client.send(queues.target(), text, Map.of());
      String id = client.send(queues.source(), text, Map.of());
      System.out.printf(
          "sent in %s: to %s, and to %s as message %s%n",
          region, queues.target(), queues.source(), id);
      return 0;
    } catch (SdkException e) {
      throw CommandFailure.refused(
          "the queues of " + region + " do not answer: " + e.getMessage(), e);
    }
  }
}
