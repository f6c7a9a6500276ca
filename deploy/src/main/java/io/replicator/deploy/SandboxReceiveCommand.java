package io.replicator.deploy;

import io.replicator.deploy.sandbox.QueueClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.Message;

/** {@code replicator sandbox receive}: takes messages, for a machine without an AWS client. */
@Command(
    name = "receive",
    description = {
      "Takes what waits in one region's queue of a running sandbox, up to ten messages.",
      "Exit code 1 if nothing came."
    },
    mixinStandardHelpOptions = true)
final class SandboxReceiveCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  @Mixin private RunningSandboxOption sandbox;

  @Option(
      names = "--region",
      defaultValue = "us-west-2",
      description = "Where they are taken; ${DEFAULT-VALUE} if not said.")
  private String region;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = DurationConverter.class,
      description = "How long to wait for the first, up to 20s; ${DEFAULT-VALUE} if not said.")
  private Duration wait;

  @Override
  public Integer call() {
    SandboxQueues queues = new SandboxQueues(sandbox.find());
    Duration time = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    try (QueueClient client = queues.open(region)) {
      List<Message> messages = client.receive(queues.target(), 10, time);
      for (Message message : messages) {
        System.out.println(message.body());
        message
            .messageAttributes()
            .forEach((name, value) -> System.out.println("  " + name + ": " + value.stringValue()));
      }
      client.delete(queues.target(), messages);
      if (messages.isEmpty()) {
        System.err.printf("nothing came to %s of %s%n", queues.target(), region);
        return 1;
      }
      return 0;
    } catch (SdkException e) {
      throw CommandFailure.refused(
          "the queues of " + region + " do not answer: " + e.getMessage(), e);
    }
  }
}
