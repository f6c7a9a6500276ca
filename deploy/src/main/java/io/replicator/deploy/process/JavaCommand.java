package io.replicator.deploy.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Java command is the command line of a JVM that runs one of our main classes.
 *
 * <p>Started by the launcher, which names its folder of jars in {@code replicator.lib}, the command
 * names the same folder; in tests it repeats this JVM's class path.
 *
 * @param flags the JVM's flags, before the class path
 * @param role which jars the class needs
 * @param mainClass the class to run
 * @param arguments its arguments
 */
public record JavaCommand(List<String> flags, Role role, String mainClass, List<String> arguments) {
  /** Which jars a process needs. */
  public enum Role {
    /** What runs in production. */
    PRODUCTION,
    /** The servers of the sandbox, too. */
    SANDBOX,
    /** Cassandra's own classes, too: a node of the sandbox, or the capture beside one. */
    CASSANDRA
  }

  public JavaCommand {
    flags = List.copyOf(flags);
    arguments = List.copyOf(arguments);
  }

  /** Returns the words of the command line. */
  public List<String> argv() {
    return argv(System.getProperty("replicator.lib", ""));
  }

  /**
   * Returns the words of the command line by which another build runs the class.
   *
   * @param lib the folder of its jars, {@code target/lib} of a packaged copy; empty for this JVM's
   *     class path
   */
  public List<String> argv(String lib) {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(flags);
    if (!lib.isEmpty()) {
      argv.add("-Dreplicator.lib=" + lib);
    }
    argv.add("-cp");
    argv.add(classPath(lib));
    argv.add(mainClass);
    argv.addAll(arguments);
    return List.copyOf(argv);
  }

  private String classPath(String lib) {
    if (lib.isEmpty()) {
      String own = System.getProperty("java.class.path");
      return role == Role.CASSANDRA
          ? own + ":" + System.getProperty("replicator.cassandra.lib", "") + "/*"
          : own;
    }
    if (role == Role.CASSANDRA) {
      return lib + "/*:" + Path.of(lib).resolveSibling("cassandra-lib") + "/*";
    }
    return role == Role.PRODUCTION ? lib + "/*" : lib + "/*:" + lib + "/sandbox/*";
  }
}
