package io.replicator.deploy.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxFolderTest {
  private static final List<String> REGIONS = List.of("us-east-1");

  @TempDir private Path folder;

  @Test
  void whatAnEarlierSandboxLeftIsCleared() throws IOException {
    Path region = Files.createDirectory(folder.resolve("us-east-1"));
    Files.writeString(region.resolve("agent.yaml"), "");
    Files.writeString(folder.resolve("sandbox.json"), "{}");
    SandboxFolder prepared = SandboxFolder.prepare(Optional.of(folder), REGIONS);
    assertThat(prepared.temporary()).isFalse();
    assertThat(prepared.path()).isEmptyDirectory();
  }

  @Test
  void filesOfSomebodyElseAreNotTouched() throws IOException {
    Path region = Files.createDirectory(folder.resolve("us-east-1"));
    Path precious = Files.writeString(region.resolve("thesis.txt"), "");
    assertThatThrownBy(() -> SandboxFolder.prepare(Optional.of(folder), REGIONS))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("another --dir");
    assertThat(precious).exists();
  }

  @Test
  void aFolderInUseIsRefused() {
    new RunningSandbox(ProcessHandle.current().pid(), folder, 1, "t", false).write();
    assertThatThrownBy(() -> SandboxFolder.prepare(Optional.of(folder), REGIONS))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("already");
  }
}
