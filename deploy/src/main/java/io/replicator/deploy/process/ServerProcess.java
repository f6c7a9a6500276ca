package io.replicator.deploy.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A server process is a JVM of ours that can be started, stopped, killed and started again, with
 * the same command each time, unless it is given another build. Its output is appended to a log
 * file.
 *
 * <p>It does not see the Ctrl-C of the terminal it was started in: only its owner ends it, so that
 * several are ended in order.
 */
public final class ServerProcess implements Server, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A signal that is ignored here stays ignored in the JVM: it installs no handler then. */
  private static final List<String> UNTOUCHED_BY_TERMINAL =
      List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh");

  /** glibc would keep an arena per thread: half as much memory again for these JVMs. */
  private static final List<String> FEW_ARENAS = List.of("env", "MALLOC_ARENA_MAX=2");

  private static final String READY = "ready ";

  private final String name;
  private final JavaCommand java;
  private final Path log;
  private final Path stateFile;
  private final Map<String, String> variables = new ConcurrentHashMap<>();
  private volatile List<String> command;
  private volatile Process process;

  /**
   * @param name what messages call it
   * @param command a Java command; the flags of supervision are added
   * @param folder where its log and its state go, as {@code <name>.log} and {@code <name>.state}
   */
  public ServerProcess(String name, JavaCommand command, Path folder) {
    this.name = name;
    this.log = folder.resolve(name + ".log");
    this.stateFile = folder.resolve(name + ".state");
    List<String> flags = new ArrayList<>(command.flags());
    flags.addAll(Supervised.flags(stateFile));
    this.java = new JavaCommand(flags, command.role(), command.mainClass(), command.arguments());
    this.command = withFewArenas(java.argv());
  }

  private static List<String> withFewArenas(List<String> java) {
    List<String> argv = new ArrayList<>(FEW_ARENAS);
    argv.addAll(java);
    return List.copyOf(argv);
  }

  /**
   * Has later starts run another build of the same server: an upgrade, or the way back.
   *
   * @param lib the folder of that build's jars, {@code target/lib} of a packaged copy
   */
  public void takeJarsFrom(Path lib) {
    command = withFewArenas(java.argv(lib.toString()));
  }

  /** Sets a variable in the environment of later starts; it does not stand in the command line. */
  public void setVariable(String variable, String value) {
    variables.put(variable, value);
  }

  @Override
  public void start() {
    if (isAlive()) {
      throw new IllegalStateException(name + " runs already, as process " + pid());
    }
    List<String> argv = new ArrayList<>(UNTOUCHED_BY_TERMINAL);
    argv.addAll(command);
    try {
      Files.createDirectories(log.getParent());
      Files.writeString(stateFile, "");
      ProcessBuilder builder =
          new ProcessBuilder(argv)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(variables);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  @Override
  public void awaitReady(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!saysReady()) {
      if (!isAlive()) {
        throw new IllegalStateException(name + " ended while starting; " + logTail());
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            name + " is not ready after " + most.toSeconds() + " s; " + logTail());
      }
      TimeUnit.MILLISECONDS.sleep(25);
    }
  }

  @Override
  public boolean isReady() {
    return isAlive() && saysReady();
  }

  /** It is known of a process that was started here, not of one that a script put in its place. */
  @Override
  public Optional<ProcessEnd> end() {
    Process started = process;
    if (started == null || isAlive()) {
      return Optional.empty();
    }
    Optional<Long> last = lastPid();
    return last.isPresent() && last.get() != started.pid()
        ? Optional.empty()
        : Optional.of(new ProcessEnd(started.exitValue()));
  }

  @Override
  public void stop() {
    end(ProcessHandle::destroy);
    Optional<ProcessHandle> running = current();
    if (running.isPresent()) {
      try {
        running.get().onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        kill();
      } catch (InterruptedException e) {
        kill();
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void kill() {
    end(ProcessHandle::destroyForcibly);
    current().ifPresent(running -> running.onExit().join());
  }

  @Override
  public boolean isAlive() {
    return current().isPresent();
  }

  @Override
  public long pid() {
    return current().map(ProcessHandle::pid).orElse(-1L);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Path log() {
    return log;
  }

  @Override
  public List<String> command() {
    return command;
  }

  @Override
  public void close() {
    stop();
  }

  private void end(Consumer<ProcessHandle> how) {
    Process started = process;
    if (started != null && started.isAlive()) {
      how.accept(started.toHandle());
    }
    current().ifPresent(how);
  }

  private Optional<ProcessHandle> current() {
    Process started = process;
    if (started != null && started.isAlive()) {
      return Optional.of(started.toHandle());
    }
    return lastPid().flatMap(ProcessHandle::of).filter(ProcessHandle::isAlive);
  }

  /** Returns which process spoke last, if one did since the last start here. */
  private Optional<Long> lastPid() {
    String state = state();
    return state.isEmpty()
        ? Optional.empty()
        : Optional.of(Long.valueOf(state.substring(state.indexOf(' ') + 1)));
  }

  private boolean saysReady() {
    return state().startsWith(READY);
  }

  private String state() {
    try {
      return Files.exists(stateFile) ? Files.readString(stateFile) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the state of " + name + " in " + stateFile, e);
    }
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      int from = Math.max(0, lines.size() - 12);
      return "the end of " + log + ":\n  " + String.join("\n  ", lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "its log " + log + " cannot be read (" + e + ")";
    }
  }
}
