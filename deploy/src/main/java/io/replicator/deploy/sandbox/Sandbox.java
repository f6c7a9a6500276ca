package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A sandbox is several regions on this machine that replicate to each other.
 *
 * <p>{@link #start} runs on one thread; {@link #close} may be called from another at any time, also
 * during the start, and leaves no process.
 */
public final class Sandbox implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** A progress is told of each component that is ready; from several threads. */
  public interface Progress {
    /** Tells that a component of a region is ready, and how long that took. */
    void ready(String region, String component, Duration took);
  }

  private final SandboxLayout layout;
  private final List<SandboxRegion> regions;
  private boolean closed;

  /**
   * Lays the regions out; nothing is started.
   *
   * @param folder where their configurations, logs and data go
   */
  public Sandbox(Path folder, SandboxLayout layout) {
    this.layout = layout;
    List<SandboxRegion> laidOut = new ArrayList<>();
    for (String name : layout.regions()) {
      laidOut.add(new SandboxRegion(name, folder.resolve(name), layout));
    }
    regions = List.copyOf(laidOut);
    for (SandboxRegion region : regions) {
      region.connect(regions.stream().filter(other -> other != region).toList());
    }
  }

  /** Returns the regions, in the order given. */
  public List<SandboxRegion> regions() {
    return regions;
  }

  /** Returns what it consists of. */
  public SandboxLayout layout() {
    return layout;
  }

  /** Returns how many flows each agent has. */
  public int flows() {
    int resources =
        (layout.has(SandboxStore.SQS) ? SandboxResource.all().size() : 0)
            + (layout.has(SandboxStore.S3) ? 1 : 0);
    return resources * regions.size()
        + (layout.has(SandboxStore.CASSANDRA) ? regions.size() - 1 : 0); // captured elsewhere
  }

  /**
   * Returns a region by its name.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public SandboxRegion region(String name) {
    return regions.stream()
        .filter(region -> region.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no region '" + name + "' here"));
  }

  /**
   * Starts everything: all servers at once, each agent as soon as its region's are ready. Returns
   * when all agents are ready.
   *
   * @throws IllegalStateException if a component does not start; the others are left running until
   *     {@link #close}
   */
  public void start(Progress progress) {
    ExecutorService threads = Executors.newCachedThreadPool(Sandbox::thread);
    try {
      CompletableFuture.allOf(
              regions.stream()
                  .map(region -> start(region, progress, threads))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Starts a process of it that ended, without waiting until it is ready; not once closed. */
  public synchronized void startAgain(Server process) {
    if (!closed) {
      process.start();
    }
  }

  /**
   * Returns the network between regions: a link for each server of a region that others read, and
   * each of these.
   *
   * @param touching only the links of this region, in which it reads or is read; all if empty
   * @throws IllegalArgumentException if there is no region of that name
   */
  public List<LinkProxy> links(Optional<String> touching) {
    touching.ifPresent(this::region);
    return regions.stream()
        .flatMap(
            region ->
                regions.stream()
                    .map(SandboxRegion::name)
                    .filter(
                        reader ->
                            touching.isEmpty()
                                || touching.get().equals(region.name())
                                || touching.get().equals(reader))
                    .flatMap(reader -> region.linksTo(reader).stream()))
        .toList();
  }

  /** Ends all processes: the agents first, while their servers still answer. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    stopAll(regions.stream().flatMap(region -> region.workers().stream()));
    stopAll(regions.stream().flatMap(region -> region.processes().stream()));
    links(Optional.empty()).forEach(LinkProxy::close);
  }

  private CompletableFuture<Void> start(
      SandboxRegion region, Progress progress, ExecutorService threads) {
    return bringUp(region, region.servers().stream(), progress, threads)
        .thenCompose(ready -> bringUp(region, region.workers().stream(), progress, threads));
  }

  private CompletableFuture<Void> bringUp(
      SandboxRegion region,
      Stream<? extends Server> processes,
      Progress progress,
      ExecutorService threads) {
    return CompletableFuture.allOf(
        processes
            .map(
                process ->
                    CompletableFuture.runAsync(() -> bringUp(region, process, progress), threads))
            .toArray(CompletableFuture<?>[]::new));
  }

  private void bringUp(SandboxRegion region, Server process, Progress progress) {
    long begin = System.nanoTime();
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the sandbox was stopped while it was starting");
      }
      process.start();
    }
    try {
      process.awaitReady(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + process.name() + " was starting", e);
    }
    progress.ready(region.name(), process.name(), Duration.ofNanos(System.nanoTime() - begin));
  }

  private static void stopAll(Stream<? extends Server> processes) {
    processes.parallel().forEach(Server::stop);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "sandbox-start");
    thread.setDaemon(true);
    return thread;
  }
}
