package io.replicator.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.demo.Demonstration;
import io.replicator.deploy.sandbox.QueueServer;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxLayout;
import io.replicator.deploy.view.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders to the links of three regions that are laid out; none of their processes runs. */
class LinkOrdersTest {
  private static final List<String> NAMES = List.of("us-east-1", "us-west-2", "eu-west-1");
  private static final String EU = "eu-west-1";

  @TempDir private Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private Sandbox sandbox;
  private Demonstration demonstration;
  private LinkOrders orders;

  @BeforeEach
  void layOut() {
    sandbox = new Sandbox(folder, SandboxLayout.of(NAMES, QueueServer.Storage.MEMORY));
    Screen screen = new Screen(new PrintStream(printed, true, UTF_8), false, false);
    demonstration = new Demonstration(sandbox, new DemoReport(screen));
    orders = new LinkOrders(sandbox, demonstration, screen);
  }

  @AfterEach
  void close() {
    demonstration.close();
    sandbox.close();
  }

  @Test
  void oneRegionIsCutOffInBothWaysAndTheOthersGoOn() {
    assertThat(orders.order("cut eu-west-1")).contains("eu-west-1 is cut off");
    assertThat(cut())
        .containsExactly(
            "eu-west-1 -> us-east-1",
            "eu-west-1 -> us-west-2",
            "us-east-1 -> eu-west-1",
            "us-west-2 -> eu-west-1");
    assertThat(orders.order("heal eu-west-1")).contains("eu-west-1 is joined");
    assertThat(cut()).isEmpty();
    orders.tick();
    assertThat(printed.toString(UTF_8))
        .contains("0 messages were sent while the link was cut; 0 lost");
  }

  @Test
  void withoutARegionAllAreMeantAndARegionIsHealedByItself() {
    orders.order("cut");
    assertThat(cut()).hasSize(6);
    orders.order("heal us-east-1");
    assertThat(cut()).containsExactly("eu-west-1 -> us-west-2", "us-west-2 -> eu-west-1");
    orders.order("heal");
    assertThat(cut()).isEmpty();
  }

  @Test
  void oneRegionIsSlowedByItself() {
    assertThat(orders.order("slow 80 eu-west-1"))
        .isEqualTo("everything between eu-west-1 and the others takes 80 ms longer, each way");
    Map<String, Duration> delays = new TreeMap<>();
    sandbox
        .regions()
        .forEach(
            region ->
                NAMES.stream()
                    .filter(other -> !other.equals(region.name()))
                    .forEach(
                        other ->
                            delays.put(region.name() + " " + other, region.link(other).delay())));
    assertThat(delays).hasSize(6);
    delays.forEach(
        (link, delay) ->
            assertThat(delay).isEqualTo(Duration.ofMillis(link.contains(EU) ? 80 : 0)));
  }

  @Test
  void anUnknownRegionOrOrderIsRefusedAndChangesNothing() {
    assertThat(orders.order("cut eu-west-9"))
        .isEqualTo(
            "refused: 'eu-west-9' is no region of the sandbox: it has eu-west-1, us-east-1,"
                + " us-west-2");
    assertThat(orders.order("burn")).startsWith("refused: 'burn'");
    assertThat(cut()).isEmpty();
  }

  private List<String> cut() {
    List<String> cut = new ArrayList<>();
    demonstration.counts().keySet().stream()
        .filter(direction -> sandbox.region(direction.from()).link(direction.to()).isCut())
        .forEach(direction -> cut.add(direction.toString()));
    return cut;
  }
}
