package io.replicator.deploy.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A preflight looks whether a machine has what the sandbox needs, before anything is started.
 *
 * @param javaFeature the version of Java, such as 17
 * @param memoryMib memory that programs could still get; empty if the system does not tell
 * @param diskMib space left where the sandbox keeps its data
 * @param regions how many it is to run
 * @param agents how many of them each has
 * @param stores which stores each has
 */
public record Preflight(
    int javaFeature,
    OptionalLong memoryMib,
    long diskMib,
    int regions,
    int agents,
    Set<SandboxStore> stores) {
  /** A broker, a queue server and an agent, as measured, and air. */
  private static final long REGION_MEMORY_MIB = 900;

  /** One more agent in a region. */
  private static final long AGENT_MEMORY_MIB = 350;

  /** A region's S3. */
  private static final long BUCKETS_MEMORY_MIB = 250;

  /** A region's Cassandra node, and the capture beside it. */
  private static final long CASSANDRA_MEMORY_MIB = 1_000;

  /** The sandbox itself, with its demonstration. */
  private static final long OWN_MEMORY_MIB = 200;

  private static final long REGION_DISK_MIB = 500;
  private static final int JAVA = 17;
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");

  /** Looks at this machine. The folder must be there. */
  public static Preflight of(Path folder, SandboxLayout layout) {
    try {
      return new Preflight(
          Runtime.version().feature(),
          memory(),
          Files.getFileStore(folder).getUsableSpace() >> 20,
          layout.regions().size(),
          layout.agents(),
          layout.stores());
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
    if (memoryMib.isPresent() && memoryMib.getAsLong() < memoryNeeded()) {
      problems.add(
          "%,d MB of memory are available and the sandbox takes %,d MB: end other programs"
              .formatted(memoryMib.getAsLong(), memoryNeeded()));
    }
    if (diskMib < diskNeeded()) {
      problems.add(
          "%,d MB of disk are left and the sandbox may take %,d MB: name a roomier folder with --dir"
              .formatted(diskMib, diskNeeded()));
    }
    return problems;
  }

  long memoryNeeded() {
    long buckets = stores.contains(SandboxStore.S3) ? BUCKETS_MEMORY_MIB : 0;
    long cassandra = stores.contains(SandboxStore.CASSANDRA) ? CASSANDRA_MEMORY_MIB : 0;
    return OWN_MEMORY_MIB
        + regions * (REGION_MEMORY_MIB + buckets + cassandra + (agents - 1) * AGENT_MEMORY_MIB);
  }

  long diskNeeded() {
    return regions * REGION_DISK_MIB;
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
