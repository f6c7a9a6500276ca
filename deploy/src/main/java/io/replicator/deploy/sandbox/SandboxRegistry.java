package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sandbox registry is a folder of the user's in which each running sandbox leaves a file with
 * the path of its own folder, so that commands find it from anywhere.
 */
public final class SandboxRegistry {
  private final Path folder;

  /** The registry in a folder, which is made when it is first needed. */
  SandboxRegistry(Path folder) {
    this.folder = folder;
  }

  /** Returns this user's registry. */
  public static SandboxRegistry ofUser() {
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    Path parent =
        Path.of(
            runtime == null || runtime.isBlank() ? System.getProperty("java.io.tmpdir") : runtime);
    return new SandboxRegistry(parent.resolve("replicator-" + System.getProperty("user.name")));
  }

  /**
   * Finds the sandbox that a command means.
   *
   * @param named the folder that the operator named
   * @throws SandboxException if there is none, or more than one and none was named
   */
  public RunningSandbox find(Optional<Path> named) {
    if (named.isPresent()) {
      return RunningSandbox.in(named.get())
          .orElseThrow(
              () -> new SandboxException("no sandbox runs in " + named.get().toAbsolutePath()));
    }
    List<RunningSandbox> running = running();
    if (running.isEmpty()) {
      throw new SandboxException("no sandbox runs: start one with 'replicator sandbox'");
    }
    if (running.size() > 1) {
      throw new SandboxException(
          running.stream()
              .map(sandbox -> "  --dir " + sandbox.folder())
              .collect(Collectors.joining("\n", "several sandboxes run: say which with\n", "")));
    }
    return running.get(0);
  }

  /** Returns all sandboxes that run. */
  public List<RunningSandbox> running() {
    return folders().stream().flatMap(path -> RunningSandbox.in(path).stream()).toList();
  }

  /** Makes a sandbox known. */
  public void add(RunningSandbox sandbox) {
    try {
      if (!PrivateFile.folder(folder)) {
        throw new SandboxException(folder + " belongs to somebody else: remove it");
      }
      Files.writeString(entry(sandbox.pid()), sandbox.folder().toString());
      sandbox.write();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the sandbox known in " + folder, e);
    }
  }

  /** Forgets a sandbox, and its folder if that was temporary. */
  public void remove(RunningSandbox sandbox) {
    try {
      Files.deleteIfExists(entry(sandbox.pid()));
      Files.deleteIfExists(sandbox.folder().resolve(RunningSandbox.NAME));
      if (sandbox.temporary()) {
        delete(sandbox.folder());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear up after the sandbox " + sandbox, e);
    }
  }

  /** Clears up after sandboxes that were killed. */
  public void sweep() {
    for (Path path : folders()) {
      RunningSandbox.last(path).filter(sandbox -> !sandbox.isAlive()).ifPresent(this::remove);
    }
  }

  /** Deletes a folder with all that is in it. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  private Path entry(long pid) {
    return folder.resolve("sandbox-" + pid);
  }

  private List<Path> folders() {
    try {
      if (!Files.isDirectory(folder) || !PrivateFile.folder(folder)) {
        return List.of();
      }
      List<Path> folders = new ArrayList<>();
      try (Stream<Path> entries = Files.list(folder)) {
        for (Path entry : entries.sorted().toList()) {
          folders.add(Path.of(Files.readString(entry).trim()));
        }
      }
      return folders;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the list of sandboxes in " + folder, e);
    }
  }
}
