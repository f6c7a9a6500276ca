package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A build is Replicator as it was packaged from one commit, which agents run.
 *
 * @param name what messages call it
 * @param lib the folder of its jars
 */
record Build(String name, Path lib) {
  static final String PROPERTY = "replicator.previous";

  /** How a previous build is made and named. */
  static final String RECIPE =
      "make one beside this checkout, of the commit or tag that runs in production, and name it:"
          + " git worktree add --detach ../previous TAG"
          + " && (cd ../previous && mvn -Dquickly package -pl deploy -am)"
          + " && mvn verify -Pslow -pl it-tests -am -Dtest=UpgradeSlow"
          + " -Dsurefire.failIfNoSpecifiedTests=false -D"
          + PROPERTY
          + "=$(cd ../previous && pwd)";

  /** Where the jars are in a folder of jars, a packaged copy and a checkout. */
  private static final List<String> PLACES = List.of("", "target/lib", "deploy/target/lib");

  private static final String CORE = "replicator-core-";

  /** Returns the build of this checkout. */
  static Build current() {
    return found("current", Path.of("../deploy/target/lib"))
        .orElseThrow(() -> new AssertionError("this checkout is not built: mvn -Dquickly package"));
  }

  /**
   * Returns the build that a system property names; empty if it is not set.
   *
   * @throws AssertionError if there is none where the property says, or it is this checkout's
   */
  static Optional<Build> previous() {
    String named = System.getProperty(PROPERTY, "");
    if (named.isBlank()) {
      return Optional.empty();
    }
    Build build =
        PLACES.stream()
            .flatMap(place -> found("previous", Path.of(named).resolve(place)).stream())
            .findFirst()
            .orElseThrow(
                () ->
                    new AssertionError(
                        "-D%s=%s is no build: there is no %s*.jar in it, nor in its target/lib or"
                                .formatted(PROPERTY, named, CORE)
                            + " deploy/target/lib; "
                            + RECIPE));
    if (build.lib().equals(current().lib())) {
      throw new AssertionError(
          "-D%s=%s is the build of this checkout itself; %s".formatted(PROPERTY, named, RECIPE));
    }
    return Optional.of(build);
  }

  private static Optional<Build> found(String name, Path lib) {
    if (!Files.isDirectory(lib)) {
      return Optional.empty();
    }
    try (Stream<Path> jars = Files.list(lib)) {
      return jars.anyMatch(jar -> jar.getFileName().toString().startsWith(CORE))
          ? Optional.of(new Build(name, lib.toRealPath()))
          : Optional.empty();
    } catch (IOException e) {
      throw new AssertionError("cannot read " + lib, e);
    }
  }

  /** Has later starts of a process run this build. */
  void give(ServerProcess process) {
    process.takeJarsFrom(lib);
  }

  /** Asserts that a process runs this build, by the command line that the system knows. */
  void assertRunBy(ServerProcess process) {
    assertThat(
            ProcessHandle.of(process.pid())
                .flatMap(running -> running.info().arguments())
                .map(List::of)
                .orElse(List.of()))
        .as("%s runs the %s build", process.name(), name)
        .anyMatch(word -> word.startsWith(lib + "/*"));
  }
}
