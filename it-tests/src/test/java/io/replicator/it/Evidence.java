package io.replicator.it;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Evidence is what regions leave of a test that failed in them, before they are closed: what their
 * agents say of themselves and of each flow, what each of their threads does, and all logs.
 */
final class Evidence {
  private static final List<String> KEPT = List.of(".log", ".yaml");

  private Evidence() {}

  /** Copies it to a folder of the build; returns that. */
  static Path keep(TwoRegions regions, List<String> names, String test) {
    Path kept = Path.of("target", "evidence", test).toAbsolutePath();
    try {
      Files.createDirectories(kept);
      StringBuilder said = new StringBuilder();
      for (String name : names) {
        SandboxRegion region = regions.region(name);
        region.agents().forEach(agent -> tell(agent, regions.status(agent), said));
        for (Server process : region.processes()) {
          dumpThreads(process);
        }
      }
      Files.writeString(kept.resolve("status.txt"), said);
      for (String name : names) {
        copy(regions.region(name).agent().configuration().getParent(), kept.resolve(name));
      }
      return kept;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keeping evidence", e);
    }
  }

  private static void tell(AgentServer agent, AgentStatus status, StringBuilder to) {
    to.append("== ").append(agent.configuration()).append('\n');
    if (status instanceof AgentStatus.Answered answered) {
      Stream.of(List.of(answered.agent()), answered.flows(), answered.mirrors())
          .flatMap(List::stream)
          .forEach(bean -> tell(bean, to));
    } else {
      to.append(status).append('\n');
    }
  }

  private static void tell(Bean bean, StringBuilder to) {
    to.append(bean.name()).append('\n');
    new TreeMap<>(bean.attributes())
        .forEach(
            (name, value) -> to.append("  ").append(name).append(": ").append(value).append('\n'));
  }

  /** A Java process writes them to its log when it gets this signal. */
  private static void dumpThreads(Server process) throws IOException, InterruptedException {
    long pid = process.pid();
    // One that is down has -1, which is everybody.
    if (pid > 0) {
      new ProcessBuilder("kill", "-QUIT", Long.toString(pid)).start().waitFor(5, TimeUnit.SECONDS);
    }
  }

  private static void copy(Path folder, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (KEPT.stream().anyMatch(file.toString()::endsWith)) {
          Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }
}
