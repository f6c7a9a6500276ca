package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxRegistryTest {
  private static final long HERE = ProcessHandle.current().pid();
  private static final long PARENT = ProcessHandle.current().parent().orElseThrow().pid();

  @TempDir private Path folder;
  private SandboxRegistry registry;

  @BeforeEach
  void open() {
    registry = new SandboxRegistry(folder.resolve("registry"));
  }

  @Test
  void theOnlySandboxIsFoundWithoutNamingIt() throws IOException {
    RunningSandbox sandbox = sandbox(HERE, "a", false);
    registry.add(sandbox);
    assertThat(registry.find(Optional.empty())).isEqualTo(sandbox);
  }

  @Test
  void amongSeveralOneMustBeNamed() throws IOException {
    RunningSandbox a = sandbox(HERE, "a", false);
    RunningSandbox b = sandbox(PARENT, "b", false);
    registry.add(a);
    registry.add(b);
    assertThatThrownBy(() -> registry.find(Optional.empty()))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("--dir " + a.folder())
        .hasMessageContaining("--dir " + b.folder());
    assertThat(registry.find(Optional.of(b.folder()))).isEqualTo(b);
  }

  @Test
  void aSandboxWhoseProcessIsGoneDoesNotCountAndIsClearedUp() throws Exception {
    RunningSandbox killed = sandbox(endedProcess(), "killed", true);
    registry.add(killed);
    assertThatThrownBy(() -> registry.find(Optional.empty()))
        .hasMessageContaining("no sandbox runs");

    registry.sweep();
    assertThat(killed.folder()).doesNotExist();
    assertThat(registry.running()).isEmpty();
  }

  @Test
  void clearingUpLeavesAFolderThatTheOperatorNamed() throws Exception {
    RunningSandbox killed = sandbox(endedProcess(), "kept", false);
    registry.add(killed);
    registry.sweep();
    assertThat(killed.folder()).exists();
  }

  @Test
  void onlyItsUserCanReadTheToken() throws IOException {
    RunningSandbox sandbox = sandbox(HERE, "a", false);
    registry.add(sandbox);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(sandbox.folder().resolve(RunningSandbox.NAME))))
        .isEqualTo("rw-------");
    assertThat(sandbox.toString()).doesNotContain(sandbox.token());
  }

  @Test
  void aRegistryOpenToOthersIsNotUsed() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("registry"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    RunningSandbox sandbox = sandbox(HERE, "a", false);
    assertThatThrownBy(() -> registry.add(sandbox))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("remove it");
  }

  private RunningSandbox sandbox(long pid, String name, boolean temporary) throws IOException {
    Path own = Files.createDirectory(folder.resolve(name));
    return new RunningSandbox(pid, own, 4711, "secret-of-" + name, temporary);
  }

  private static long endedProcess() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return process.pid();
  }
}
