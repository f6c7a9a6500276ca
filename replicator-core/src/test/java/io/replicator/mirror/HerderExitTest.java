package io.replicator.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;

class HerderExitTest {
  private final AtomicInteger noted = new AtomicInteger();

  @Test
  void aWorkerThatGivesUpIsNotedAndDoesNotEndTheProcess() throws Exception {
    HerderExit.watch("b->a", noted::incrementAndGet);
    giveUp("MirrorHerder-b->a-1");
    giveUp("MirrorHerder-b->ab-1");
    assertThat(noted).hasValue(1);
    HerderExit.unwatch("b->a");
    giveUp("MirrorHerder-b->a-1");
    assertThat(noted).hasValue(1);
  }

  private static void giveUp(String worker) throws InterruptedException {
    Thread thread = new Thread(() -> Exit.exit(1), worker);
    thread.start();
    thread.join();
  }
}
