package io.replicator.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher itself, in a tree of its own, with a java and an mvn that tell how they are called.
 */
class LauncherTest {
  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "%s" 2025-01-01' >&2; exit 0; fi
      echo "pid $$"
      for word in "$@"; do echo "$word"; done
      exit 7
      """;
  private static final String MVN =
      """
      #!/bin/sh
      echo "mvn $*" >>"$(dirname "$0")/mvn.calls"
      mkdir -p deploy/target/lib && touch deploy/target/lib/complete
      exit %d
      """;

  private static final String MKDIR =
      """
      #!/bin/sh
      [ "$1" = -p ] && exit 0
      echo "mkdir: $1: Permission denied" >&2
      exit 1
      """;

  private record Ended(int code, List<String> out, String err, long pid) {}

  @TempDir private Path folder;
  private Path tree;
  private Path launcher;

  @BeforeEach
  void plant() throws IOException {
    tree = Files.createDirectory(folder.resolve("a tree"));
    Path deploy = Files.createDirectories(tree.resolve("deploy"));
    launcher = Files.copy(Path.of("replicator").toAbsolutePath(), deploy.resolve("replicator"));
    Files.copy(Path.of("agent.jvm").toAbsolutePath(), deploy.resolve("agent.jvm"));
    Files.createDirectories(deploy.resolve("target/lib"));
    script("jdk/bin/java", JAVA.formatted("17.0.9"));
    script("bin/mvn", MVN.formatted(0));
  }

  @Test
  void worksFromAnyFolderAndThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
    Ended ended = run(Path.of("/"), link, "status", "--json");
    assertThat(ended.out())
        .endsWith("io.replicator.deploy.Replicator", "status", "--json")
        .contains("-Dreplicator.lib=" + tree.toRealPath().resolve("deploy/target/lib"));
  }

  @Test
  void isReplacedByJavaSoThatSignalsAndExitCodesAreItsOwn() throws Exception {
    Ended ended = run(folder, launcher, "status");
    assertThat(ended.code()).isEqualTo(7);
    assertThat(ended.out().get(0)).isEqualTo("pid " + ended.pid());
  }

  @Test
  void theAgentGetsItsFlagsAndTheOperatorsAfterThem() throws Exception {
    Ended ended = run(folder, launcher, "agent", "--config", "a file.yaml");
    Path flags = tree.toRealPath().resolve("deploy/agent.jvm");
    assertThat(ended.out())
        .containsSubsequence("@" + flags, "-Xmx1g", "-Dx=y", "agent", "--config", "a file.yaml");
    assertThat(ended.out().get(ended.out().indexOf("-cp") + 1)).doesNotContain("sandbox");
  }

  @Test
  void onlyTheSandboxGetsTheSandboxesServers() throws Exception {
    Ended ended = run(folder, launcher, "sandbox");
    assertThat(ended.out().get(ended.out().indexOf("-cp") + 1)).endsWith("/lib/sandbox/*");
  }

  @Test
  void anOldJavaIsRefusedByName() throws Exception {
    script("jdk/bin/java", JAVA.formatted("11.0.2"));
    Ended ended = run(folder, launcher, "status");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("Java 11", "17 or newer", "JAVA_HOME");
  }

  @Test
  void aJavaThatDoesNotRunIsRefusedAndNotPassedOverInSilence() throws Exception {
    script("jdk/bin/java", "#!/bin/sh\necho 'Unable to locate a Java Runtime.' >&2\nexit 1\n");
    Ended ended = run(folder, launcher, "status");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("unknown version", "17 or newer", "JAVA_HOME");
  }

  @Test
  void aPackagedCopyIsNeverBuilt() throws Exception {
    run(folder, launcher, "status");
    assertThat(calls()).isEmpty();
  }

  @Test
  void whatIsMissingIsBuiltOnceWithALineOnStderr() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    Ended first = run(folder, launcher, "status");
    assertThat(calls())
        .containsExactly("mvn -q -B -Dstyle.color=never -Dquickly package -pl deploy -am");
    assertThat(first.err()).contains("replicator: building", "replicator: built in");
    assertThat(first.code()).isEqualTo(7);

    Ended second = run(folder, launcher, "status");
    assertThat(calls()).hasSize(1);
    assertThat(second.err()).isEmpty();
  }

  @Test
  void aNewerSourceIsBuiltAgain() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    run(folder, launcher, "status");
    Path source =
        Files.createDirectories(tree.resolve("replicator-core/src/main")).resolve("A.java");
    Files.writeString(source, "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    run(folder, launcher, "status");
    assertThat(calls()).hasSize(2);
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    Process first = start(folder, launcher, "status");
    Process second = start(folder, launcher, "status");
    assertThat(ended(first).code()).isEqualTo(7);
    assertThat(ended(second).code()).isEqualTo(7);
    assertThat(calls()).hasSize(1);
  }

  @Test
  void aLockLeftByAKilledBuildDoesNotHoldTheNextUp() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    Path lock = Files.createDirectories(tree.resolve("deploy/target/build.lock"));
    Files.writeString(lock.resolve("pid"), Long.toString(gone.pid()));
    assertThat(run(folder, launcher, "status").code()).isEqualTo(7);
  }

  @Test
  void aLockWhoseOwnerWasKilledBeforeItWroteItsNameDoesNotHoldTheNextUp() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    Files.createDirectories(tree.resolve("deploy/target/build.lock"));
    assertThat(run(folder, launcher, "status").code()).isEqualTo(7);
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldAndNotTakenForAnotherBuild() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    script("bin/mkdir", MKDIR);
    Ended ended = run(folder, launcher, "status");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .contains("replicator: cannot build here: ", "build.lock: Permission denied")
        .doesNotContain("waiting");
    assertThat(calls()).isEmpty();
  }

  @Test
  void aBuildThatFailsEndsIt() throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "");
    script("bin/mvn", MVN.formatted(1));
    Ended ended = run(folder, launcher, "status");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("the build failed");
    assertThat(tree.resolve("deploy/target/build.lock")).doesNotExist();
  }

  private Ended run(Path from, Path what, String... words) throws Exception {
    return ended(start(from, what, words));
  }

  private Process start(Path from, Path what, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(what.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(from.toFile());
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("REPLICATOR_OPTS", "-Xmx1g -Dx=y");
    return builder.start();
  }

  private static Ended ended(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), out.lines().toList(), err, process.pid());
  }

  private List<String> calls() throws IOException {
    Path calls = folder.resolve("bin/mvn.calls");
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  private void script(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
