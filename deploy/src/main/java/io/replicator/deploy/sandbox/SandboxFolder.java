package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A sandbox folder holds a sandbox's configurations, logs and data.
 *
 * @param path where it is
 * @param temporary whether it goes with the sandbox
 */
public record SandboxFolder(Path path, boolean temporary) {
  /**
   * Makes a folder ready for a fresh start. What an earlier sandbox left in it is deleted.
   *
   * @param named the folder that the operator named; without one, a temporary one is made
   * @param regions the regions' names, which become folders
   * @throws SandboxException if the folder is in use, or holds something that no sandbox put there
   */
  public static SandboxFolder prepare(Optional<Path> named, List<String> regions) {
    try {
      if (named.isEmpty()) {
        return new SandboxFolder(Files.createTempDirectory("replicator-sandbox-"), true);
      }
      Path path = Files.createDirectories(named.get().toAbsolutePath().normalize()).toRealPath();
      RunningSandbox.in(path)
          .ifPresent(
              running -> {
                throw new SandboxException(
                    "a sandbox (process %d) runs in %s already: name another --dir"
                        .formatted(running.pid(), path));
              });
      Files.deleteIfExists(path.resolve(SandboxFile.NAME));
      for (String region : regions) {
        clear(path.resolve(region));
      }
      return new SandboxFolder(path, false);
    } catch (IOException e) {
      throw new SandboxException("the folder cannot be used: " + e, e);
    }
  }

  private static void clear(Path region) throws IOException {
    if (!Files.exists(region)) {
      return;
    }
    if (!Files.exists(region.resolve(AgentServer.CONFIGURATION)) && !isEmpty(region)) {
      throw new SandboxException(
          region + " holds files of somebody else: name another --dir, or remove it");
    }
    SandboxRegistry.delete(region);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }
}
