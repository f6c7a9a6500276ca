package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A preflight looks whether a machine has what the sandbox needs, before anything is started.
 *
 * @param javaFeature the version of Java, such as 17
 * @param memoryMib memory that programs could still get; empty if the system does not tell
 * @param diskMib space left where the sandbox keeps its data
 */
public record Preflight(int javaFeature, OptionalLong memoryMib, long diskMib) {
  /** Two brokers, two queue servers, two agents and the sandbox itself, as measured, and air. */
  static final long MEMORY_MIB = 2_000;

  static final long DISK_MIB = 1_000;
  private static final int JAVA = 17;
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");

  /** Looks at this machine. The folder must be there. */
  public static Preflight of(Path folder) {
    try {
      return new Preflight(
          Runtime.version().feature(), memory(), Files.getFileStore(folder).getUsableSpace() >> 20);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell how much space is left in " + folder, e);
    }
  }

  /** Returns what is missing, each with what mends it; empty if nothing is. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (javaFeature < JAVA) {
      problems.add(
          "this is Java %d: install a JDK, %d or newer, or set JAVA_HOME to one"
              .formatted(javaFeature, JAVA));
    }
    if (memoryMib.isPresent() && memoryMib.getAsLong() < MEMORY_MIB) {
      problems.add(
          "%,d MB of memory are available and the sandbox takes %,d MB: end other programs"
              .formatted(memoryMib.getAsLong(), MEMORY_MIB));
    }
    if (diskMib < DISK_MIB) {
      problems.add(
          "%,d MB of disk are left and the sandbox may take %,d MB: name a roomier folder with --dir"
              .formatted(diskMib, DISK_MIB));
    }
    return problems;
  }

  private static OptionalLong memory() throws IOException {
    OptionalLong machine = meminfo();
    OptionalLong container = cgroup();
    if (machine.isPresent() && container.isPresent()) {
      return OptionalLong.of(Math.min(machine.getAsLong(), container.getAsLong()));
    }
    return machine.isPresent() ? machine : container;
  }

  private static OptionalLong meminfo() throws IOException {
    if (!Files.isReadable(MEMINFO)) {
      return OptionalLong.empty();
    }
    for (String line : Files.readAllLines(MEMINFO)) {
      if (line.startsWith("MemAvailable:")) {
        return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10);
      }
    }
    return OptionalLong.empty();
  }

  /** A container may get less than its machine has. */
  private static OptionalLong cgroup() throws IOException {
    Path limit = CGROUP.resolve("memory.max");
    Path used = CGROUP.resolve("memory.current");
    if (!Files.isReadable(limit) || !Files.isReadable(used)) {
      return OptionalLong.empty();
    }
    String most = Files.readString(limit).trim();
    if (most.equals("max")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        (Long.parseLong(most) - Long.parseLong(Files.readString(used).trim())) >> 20);
  }
}
