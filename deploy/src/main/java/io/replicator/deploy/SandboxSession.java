package io.replicator.deploy;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.demo.ObjectDemonstration;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.ControlServer;
import io.replicator.deploy.sandbox.RunningSandbox;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.sandbox.SandboxFolder;
import io.replicator.deploy.sandbox.SandboxLayout;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.sandbox.SandboxRegistry;
import io.replicator.deploy.view.HumanTime;
import io.replicator.deploy.view.Screen;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A sandbox session is one run of the sandbox for somebody who watches, from the first process
 * started to the last one ended, whatever ends it.
 */
final class SandboxSession {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration ENDING_PATIENCE = Duration.ofSeconds(45);

  private final SandboxFolder folder;
  private final boolean restarts;
  private final Screen screen;
  private final Sandbox sandbox;
  private final Demonstration demonstration;
  private final ObjectDemonstration objects;
  private final LinkOrders link;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean starting = true;
  private volatile int exitCode;

  /**
   * @param restarts whether a process that ends is started again
   */
  SandboxSession(SandboxFolder folder, SandboxLayout layout, boolean restarts, Screen screen) {
    this.folder = folder;
    this.restarts = restarts;
    this.screen = screen;
    sandbox = new Sandbox(folder.path(), layout);
    demonstration = new Demonstration(sandbox, new DemoReport(screen));
    objects = new ObjectDemonstration(sandbox);
    link = new LinkOrders(sandbox, demonstration, screen);
  }

  /** Runs until the time is over or a signal comes; returns the exit code. */
  int run(Optional<Duration> time) {
    SandboxRegistry registry = SandboxRegistry.ofUser();
    registry.sweep();
    Runtime.getRuntime().addShutdownHook(new Thread(this::endOnSignal, "sandbox-stop"));
    try {
      try (ControlServer control = new ControlServer(link::order)) {
        RunningSandbox known =
            new RunningSandbox(
                ProcessHandle.current().pid(),
                folder.path(),
                control.port(),
                control.token(),
                folder.temporary());
        registry.add(known);
        try {
          exitCode = start(System.nanoTime()) ? demonstrate(time) : 0;
        } finally {
          demonstration.close();
          objects.close();
          sandbox.close();
          SandboxFile.remove(folder.path());
          registry.remove(known);
        }
      }
      // Before the count: the signal's hook ends the process as soon as it is down.
      screen.say("stopped; no process is left");
    } catch (RuntimeException e) {
      exitCode = 1;
      throw e;
    } finally {
      ended.countDown();
    }
    return exitCode;
  }

  /** Starts everything; returns false if a signal came meanwhile. */
  private boolean start(long begin) {
    screen.say(
        "starting %s in %s"
            .formatted(
                sandbox.regions().stream()
                    .map(SandboxRegion::name)
                    .collect(Collectors.joining(", ")),
                folder.path()));
    try {
      sandbox.start(this::ready);
      starting = false;
      new Readiness(sandbox, stop).await();
    } catch (IllegalStateException e) {
      if (stop.getCount() == 0) {
        return false;
      }
      throw CommandFailure.refused("the sandbox did not start: " + e.getMessage(), e);
    }
    if (stop.getCount() == 0) {
      return false;
    }
    SandboxFile.write(folder.path(), SandboxFile.describe(sandbox));
    screen.say("ready in " + HumanTime.ofMillis((System.nanoTime() - begin) / 1_000_000));
    return true;
  }

  private void ready(String region, String component, Duration took) {
    screen.note(
        "  %-10s %-6s ready after %s"
            .formatted(region, component, HumanTime.ofMillis(took.toMillis())));
  }

  private int demonstrate(Optional<Duration> time) {
    Greeting.lines(sandbox).forEach(screen::note);
    ProcessWatch processes = watch();
    long begin = System.nanoTime();
    try (DemoView view = new DemoView(sandbox, demonstration, objects, screen)) {
      demonstration.start();
      objects.start();
      while (time.isEmpty() || System.nanoTime() - begin < time.get().toNanos()) {
        if (stop.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
          break;
        }
        processes.tick();
        link.tick();
        view.tick();
      }
      return Conclusion.of(sandbox, demonstration, objects, screen, stop);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private ProcessWatch watch() {
    ProcessWatch.Owner owner =
        new ProcessWatch.Owner() {
          @Override
          public void startAgain(Server process) {
            sandbox.startAgain(process);
          }

          @Override
          public void changed() {
            SandboxFile.write(folder.path(), SandboxFile.describe(sandbox));
          }
        };
    ProcessWatch watch = new ProcessWatch(owner, restarts, InstantSource.system(), screen);
    for (SandboxRegion region : sandbox.regions()) {
      region
          .processes()
          .forEach(process -> watch.add(region.name() + " " + process.name(), process));
    }
    return watch;
  }

  /**
   * Runs when the JVM ends, of itself or by a signal. By a signal: lets the session end in order,
   * and exits with its own code in place of the signal's.
   */
  private void endOnSignal() {
    if (ended.getCount() == 0) {
      return;
    }
    stop.countDown();
    if (starting) {
      sandbox.close();
    }
    try {
      if (!ended.await(ENDING_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        sandbox.close();
      }
    } catch (InterruptedException e) {
      sandbox.close();
    }
    Runtime.getRuntime().halt(exitCode);
  }
}
