package io.replicator.deploy;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.view.Screen;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Says which of a sandbox's processes went and which came back, and keeps the process ids of the
 * sandbox file right. It starts none again: whoever killed one wants to see what happens.
 */
final class ProcessWatch {
  private final Sandbox sandbox;
  private final Path folder;
  private final Screen screen;
  private final Map<Server, Long> known = new HashMap<>();

  ProcessWatch(Sandbox sandbox, Path folder, Screen screen) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.screen = screen;
    for (SandboxRegion region : sandbox.regions()) {
      region.processes().forEach(process -> known.put(process, process.pid()));
    }
  }

  /** Looks at every process; called once a second. */
  void tick() {
    boolean changed = false;
    for (SandboxRegion region : sandbox.regions()) {
      for (Server process : region.processes()) {
        long pid = process.pid();
        long before = known.put(process, pid);
        if (pid != before) {
          changed = true;
          tell(region.name() + " " + process.name(), before, pid);
        }
      }
    }
    if (changed) {
      SandboxFile.write(folder, SandboxFile.describe(sandbox));
    }
  }

  private void tell(String what, long before, long now) {
    if (now < 0) {
      screen.say(
          "--- %s (process %d) is gone; its command stands under 'start' in %s ---"
              .formatted(what, before, folder.resolve(SandboxFile.NAME)));
    } else {
      screen.say("--- %s is back, as process %d ---".formatted(what, now));
    }
  }
}
