package io.replicator.deploy;

import io.replicator.deploy.sandbox.ControlClient;
import io.replicator.deploy.sandbox.RunningSandbox;
import io.replicator.deploy.sandbox.SandboxRegistry;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option by which a command says which running sandbox it means. */
final class RunningSandboxOption {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The sandbox's folder; needed only if several run.")
  private Path folder;

  RunningSandbox find() {
    return SandboxRegistry.ofUser().find(Optional.ofNullable(folder).map(Path::toAbsolutePath));
  }

  /**
   * Gives the sandbox an order and prints its answer.
   *
   * @param region whose links are meant; null for all
   */
  int order(String order, String region) {
    String answer = ControlClient.order(find(), region == null ? order : order + " " + region);
    System.out.println(answer);
    return answer.startsWith("refused") ? 1 : 0;
  }
}
