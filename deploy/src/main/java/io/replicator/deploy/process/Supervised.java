package io.replicator.deploy.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A supervised process ends when its supervisor does, even if that was killed, and tells by a file
 * which process it is and when it is ready.
 *
 * <p>Both are asked for by system properties, so that a process started without them is an ordinary
 * one. The supervisor is known by its process id, not by a pipe: a process that a script starts
 * again in its place is supervised as well. The file holds {@code starting <pid>}, then {@code
 * ready <pid>}.
 */
public final class Supervised {
  private static final String SUPERVISOR = "replicator.supervisor";
  private static final String STATE_FILE = "replicator.state-file";

  private Supervised() {}

  /** Returns the flags that put a process under this one's supervision. */
  public static List<String> flags(Path stateFile) {
    return List.of(
        "-D" + SUPERVISOR + "=" + ProcessHandle.current().pid(),
        "-D" + STATE_FILE + "=" + stateFile);
  }

  /** Begins to watch the supervisor, if there is one: its end is taken for a SIGTERM. */
  public static void begin() {
    Long pid = Long.getLong(SUPERVISOR);
    if (pid == null) {
      return;
    }
    say("starting");
    ProcessHandle supervisor = ProcessHandle.of(pid).orElse(null);
    Thread watch =
        new Thread(
            () -> {
              if (supervisor != null) {
                supervisor.onExit().join();
              }
              Thread backstop = new Thread(Supervised::haltLater, "supervised-halt");
              backstop.setDaemon(true);
              backstop.start();
              System.exit(0);
            },
            "supervised");
    watch.setDaemon(true);
    watch.start();
  }

  /** Tells the supervisor, if there is one, that this process does its work. */
  public static void ready() {
    say("ready");
  }

  private static void say(String state) {
    String file = System.getProperty(STATE_FILE);
    if (file == null) {
      return;
    }
    Path path = Path.of(file);
    Path fresh = Path.of(file + ".new");
    try {
      Files.writeString(fresh, state + " " + ProcessHandle.current().pid());
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot say in " + file + " that it is " + state, e);
    }
  }

  /** Nobody is left to wait for an orderly end: a hook that hangs must not keep the process. */
  private static void haltLater() {
    try {
      Thread.sleep(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }
}
